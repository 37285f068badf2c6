"""What a release is made of: the program in one folder with its interpreter, and the packages of npm that carry it.

`python -m tools.release.npm_packages FOLDER` builds both for the system it runs on. Nothing here is in the wheel, and
nothing here publishes: that is left to the release workflow.
"""
