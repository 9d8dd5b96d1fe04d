"""What runs inside the sandbox. Each module imports the standard library and its neighbours alone, by their bare names."""
