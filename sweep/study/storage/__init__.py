"""Where a study is kept: the journal, the results folder, and the files of trials (artifacts).

`folder.StudyFolder` knows every path under `results/STUDY`. All files but the journal and the log appear whole or not
at all.
"""
