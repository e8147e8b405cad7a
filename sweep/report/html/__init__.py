"""The report: one HTML file that says of a study whether anything is better, by how much, how sure, and at what cost.

It is made from a study's analysis and files, holds all it needs, and asks no network for anything. `markup` escapes
whatever comes from outside; `page` puts the sections together; `writing` makes the file.
"""
