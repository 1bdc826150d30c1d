"""Ledgers (xlsx) and reports (docx) from the engine's frames.

Importing this package imports neither openpyxl nor python-docx; each writer imports what it needs, so that a
missing python-docx leaves the ledger working.
"""
