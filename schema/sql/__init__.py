"""The read compiler: what is selected of mapped fields becomes one SQL statement, and its result the answer.

Neither parser, validator, executor nor model instances take part in the answer to a document that has been seen before.

selection.py   what of a document is asked for, under the switches (@include, @skip) of one request
statement.py   the pieces of a statement: joins, columns, templates whose placeholders are numbered when it runs
rows.py        the fields of rows that come as columns: Python that shapes them, made once
fragments.py   the fields of lists below a row: JSON made by PostgreSQL, with marks for what Python must finish
complete.py    values that come from resolvers and conversions, in the form of the answer
roots.py       root fields: single objects, functions
page_root.py   root fields: pages and lists
plan.py        a document's plan, and how it runs
cache.py       plans by the text of the document
"""


class NotCompiled(Exception):
    """This operation is for the executor."""
