"""What a person sees, made from records: tables, the live view of a running sweep, sentences about a study.

Records of `sweep.study` and results of `sweep.analysis` come in; text and tables go out, harmless for a terminal.
`sweep.cli` and `sweep.api` import it; it never trains, decides or writes to a study.
"""
