"""Places in the integer tables of a plastic projection, as compiled code reads them; see plastic_tables."""

LOW, HIGH = -32769, 32767  # the accumulator, see neurolsm.semantics.learning
X0, Y0, W, T, D, C = 5, 6, 7, 8, 9, 10  # codes of factors after the five traces, see plastic_tables.VARIABLES
# places in ``flags``, see plastic_tables.FLAGS
(
    FROM_INPUT,
    EXP,
    EPOCH,
    DECIMATE,
    MIN,
    MAX,
    OWN_STREAM,
    SEED,
    HAS_X0,
    HAS_Y0,
    HAS_U,
    U_NEEDS_X,
    U_NEEDS_THIRD,
    SEPARABLE,
    PAIR,
) = range(15)
