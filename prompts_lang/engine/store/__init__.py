"""The store: ledger, memo, runs, events, candidates and findings, in one SQLite file or in memory.

`protocol` says what a store can do, `model` what it holds, `account` how a run spends through it.
"""
