"""From typed syntax to meaning: types, values, wiring, nodes and the other declarations, one file each.

Every function takes a piece of syntax and a scope, and gives a value together with its problems. None raises for bad input.
"""
