"""What runs: a program of arrays, its parts, its state, its inputs, its check and its file.

    program      every array a chip needs, and nothing that knows how it was described or how it is run
    parts        neurons, projections, populations
    plasticity, short_term   how synapses change
    state        what changes while it runs
    spikes, graded           what is put in
    wellformed   the check that every program passes before it runs; learnable and currents are parts of it
    file         a program on a disk

Nothing here knows a description, a backend or a readout.
"""

from neurolsm.program.parts import INPUT as INPUT
from neurolsm.program.parts import NEURON as NEURON
from neurolsm.program.parts import Neurons as Neurons
from neurolsm.program.parts import Population as Population
from neurolsm.program.parts import Projection as Projection
from neurolsm.program.program import Program as Program
