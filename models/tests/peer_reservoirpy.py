"""Run by the Python of ReservoirPy 0.4.2: the states of its reservoir with given weights, for a given series."""

import io
import sys

import numpy as np
from reservoirpy.nodes import Reservoir

given = np.load(io.BytesIO(sys.stdin.buffer.read()))
node = Reservoir(W=given["w"], Win=given["win"], bias=given["bias"], lr=float(given["leak"]))
states = node.run(given["x"])
sent = io.BytesIO()
np.save(sent, states)
sys.stdout.buffer.write(sent.getvalue())
