"""Keeps learners' activity in Microsoft Graph equal to what an LMS's events say."""

__version__ = "0.1.0"
# Which package this is: of one version there may be several. `make package` puts a hash here.
BUILD = "checkout"
