"""Save a checkpoint larger than this process may write; run as a script by `test_checkpoint.py`."""

import resource
import signal
import sys

import numpy as np

from lstm_lib.errors import UserError
from lstm_lib.training import Checkpoint, save_checkpoint

save_checkpoint(sys.argv[1], Checkpoint({"w": np.ones(3)}))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    save_checkpoint(sys.argv[1], Checkpoint({"w": np.zeros(100_000)}))
except UserError as error:
    print(error)
