"""The simulated teacher: critic, judge and rewriter, recognised by what a request asks for, whoever sends it.

`answer.respond` is the door. `reading` finds out what a request shows, `diagnosis` compares it with the hidden rules, and one file per
kind of reply puts the result into the format that was asked for.
"""
