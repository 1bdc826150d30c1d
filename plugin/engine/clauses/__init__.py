"""Clauses of plan documents: their model, their files and the vocabulary of geometry tests."""
