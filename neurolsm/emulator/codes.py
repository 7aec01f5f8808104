"""Places in the integer tables of a plastic projection, as compiled code reads them; see plastic_tables and pair_tables."""

LOW, HIGH = -32769, 32767  # the accumulator, see neurolsm.semantics.learning
BITS = 31  # of the widest product whose arithmetic 32 bits hold
ROW = 512  # synapses of a rule with tags that are changed at a time, see tagged
SPACE = 8 * ROW  # numbers for them
X0, Y0, W, T, D, C = 5, 6, 7, 8, 9, 10  # codes of factors after the five traces, see plastic_tables.VARIABLES
FROM_INPUT, MIN, MAX = range(3)  # in ``flags`` of both kinds of table
# in those of a ``PlasticTable``, see plastic_tables.FLAGS
(
    EXP,
    EPOCH,
    DECIMATE,
    OWN_STREAM,
    SEED,
    HAS_X0,
    HAS_Y0,
    HAS_U,
    U_NEEDS_X,
    U_NEEDS_THIRD,
    SEPARABLE,
    ROWS,
    TAGS,
    NARROW,
) = range(3, 17)
Y, X, SWAPPED, SIGN, SCALE, LINEAR, START, RISE = range(3, 11)  # in those of a ``PairTable``, see pair_tables
