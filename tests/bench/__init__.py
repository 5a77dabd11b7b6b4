import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as ``heia serve`` does, before numpy is loaded
