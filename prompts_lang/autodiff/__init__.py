"""Differentiation: one table of rules (node kind -> rule) and one walk from the loss back to the slots."""
