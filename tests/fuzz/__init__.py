"""Fuzzing: structure-aware inputs wherever bytes from outside come in, against the real application.

Run ``make fuzz`` (200,000 inputs; ``FUZZ_INPUTS=20000 FUZZ_SEED=7 FUZZ_SURFACES=frames,raw make fuzz`` for less).
``make test`` plays 5,000 and every case of ``corpus/``. Equal seeds give equal inputs.

After every input: no answer of 500 or more; no trace, path or name of an exception in it; no error and no planted word
in the log. Every 500 inputs: a canary question is answered, no task or page is left over, every stored record decodes,
every delivery has an owner and every timer a flow. At the end: the memory that stays after the applications stopped.

A finding is made smaller and printed as a test to paste; its inputs are kept in ``corpus/``. Fix the cause, keep the
file.

To add a surface: a module in ``surfaces/`` with a class that has ``name``, ``share`` (of all inputs), ``together``
(inputs played at once), ``make`` (draw an input from a ``Mutator``, best from a sound one) and ``play`` (send it,
return what came back); and a line in ``surfaces/__init__.py``.
"""
