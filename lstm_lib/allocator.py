"""What becomes of memory that arrays give back.

A training step makes and frees arrays of megabytes.  Left alone, the C library of most Linux systems hands
them back to the operating system, and at the next step gets them again page by page, which takes time.
"""

import ctypes
import platform

M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4  # of mallopt(3)
LARGEST_INT = 2**31 - 1


def keep_freed_memory() -> bool:
    """Have this process keep what it frees, for what it makes next.

    Returns: whether the C library could be told: glibc can; others are left as they are.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    # No piece of memory of its own for a large array, and nothing handed back from the end of the heap.
    return bool(mallopt(M_MMAP_MAX, 0) and mallopt(M_TRIM_THRESHOLD, LARGEST_INT))
