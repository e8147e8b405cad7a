"""Where a study is kept: the journal, the results folder, and the files of trials (artifacts).

Every path under `results/STUDY` is known to `folder.StudyFolder`, and every file appears whole or not at all.
"""
