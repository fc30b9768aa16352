"""Keeps learners' activity in Microsoft Graph equal to what an LMS's events say."""

__version__ = "0.1.0"
# Which package this is: there may be several of one version. `make package` puts a hash here.
BUILD = "checkout"
