"""What is known of packages of npm, one file a package.

A file here defines `PACKAGE`, a `convexlint.program.evaluation.package.Package`; it is found by walking this folder.
Whatever no file names stays an `ExternalResult`: a value of that package about which nothing else is claimed.
"""
