"""The one exception for mistakes that the user can mend."""


class UserError(Exception):
    """A mistake of the user's, told in one line: what is wrong, where, and what to do about it.

    The command line prints the message as it is and exits with status 2; in a notebook it reads as the last
    line of the traceback.
    """
