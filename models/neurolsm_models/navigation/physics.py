"""Geometry in compiled code: distances, lidar rays, and the motion of a robot with two wheels.

A world is made of segments [S, 4] (x0, y0, x1, y1), of boxes [K, 5] (centre x, y, half sizes, angle) whose edges are among the
segments, and of discs [M, 5] (centre x, y, radius, velocity x, y). Metres, seconds, radians.
"""

# mypy: ignore-errors
from __future__ import annotations

import math

from neurolsm.compiled import compiled


@compiled(fastmath=True)
def clearance(x, y, segments, boxes, discs):
    """Distance from a point to the nearest obstacle; negative inside one."""
    best = 1e9
    for k in range(segments.shape[0]):
        ax, ay = segments[k, 0], segments[k, 1]
        dx, dy = segments[k, 2] - ax, segments[k, 3] - ay
        length = dx * dx + dy * dy
        t = ((x - ax) * dx + (y - ay) * dy) / length if length > 0 else 0.0
        t = min(max(t, 0.0), 1.0)
        ex, ey = x - ax - t * dx, y - ay - t * dy
        best = min(best, ex * ex + ey * ey)
    best = math.sqrt(best)
    for k in range(boxes.shape[0]):
        c, s = math.cos(boxes[k, 4]), math.sin(boxes[k, 4])
        dx, dy = x - boxes[k, 0], y - boxes[k, 1]
        if abs(c * dx + s * dy) < boxes[k, 2] and abs(c * dy - s * dx) < boxes[k, 3]:
            best = -abs(best)
    for k in range(discs.shape[0]):
        best = min(best, math.hypot(x - discs[k, 0], y - discs[k, 1]) - discs[k, 2])
    return best


@compiled()
def clearances(points, segments, boxes, discs, out):
    """``clearance`` of each point [P, 2]."""
    for k in range(points.shape[0]):
        out[k] = clearance(points[k, 0], points[k, 1], segments, boxes, discs)


@compiled(fastmath=True)
def lidar(x, y, heading, segments, discs, longest, ranges):
    """Distance along each of ``ranges.size`` beams, evenly spread from straight ahead counter-clockwise, at most ``longest``."""
    beams = ranges.size
    for b in range(beams):
        angle = heading + 2 * math.pi * b / beams
        c, s = math.cos(angle), math.sin(angle)
        best = longest
        for k in range(segments.shape[0]):
            ax, ay = segments[k, 0] - x, segments[k, 1] - y
            dx, dy = segments[k, 2] - segments[k, 0], segments[k, 3] - segments[k, 1]
            cross = c * dy - s * dx
            if abs(cross) > 1e-12:
                along = (ax * dy - ay * dx) / cross
                t = (ax * s - ay * c) / cross
                if 0.0 <= along < best and 0.0 <= t <= 1.0:
                    best = along
        for k in range(discs.shape[0]):
            dx, dy = discs[k, 0] - x, discs[k, 1] - y
            middle = dx * c + dy * s
            inside = discs[k, 2] ** 2 - dx * dx - dy * dy + middle * middle
            if inside >= 0.0:
                near = middle - math.sqrt(inside)
                if 0.0 <= near < best:
                    best = near
        ranges[b] = best


@compiled()
def drive(pose, left, right, axle, dt):
    """Move ``pose`` (x, y, heading) along the exact arc of two wheel speeds, m/s.

    v = (left + right) / 2,   w = (right - left) / axle,   chord = v dt sinc(w dt / 2) in the direction heading + w dt / 2
    """
    v, turn = (left + right) / 2, (right - left) / axle * dt
    chord = v * dt * (math.sin(turn / 2) / (turn / 2) if abs(turn) > 1e-9 else 1.0)
    pose[0] += chord * math.cos(pose[2] + turn / 2)
    pose[1] += chord * math.sin(pose[2] + turn / 2)
    pose[2] = (pose[2] + turn + math.pi) % (2 * math.pi) - math.pi


@compiled()
def advance(pose, left, right, axle, dt, parts, radius, segments, boxes, discs, width, height):
    """Drive for ``dt`` in ``parts``, while discs move and turn back at the outer walls; True at the first contact."""
    for _ in range(parts):
        drive(pose, left, right, axle, dt / parts)
        for k in range(discs.shape[0]):
            for axis in range(2):
                size = width if axis == 0 else height
                discs[k, axis] += discs[k, 3 + axis] * dt / parts
                if discs[k, axis] < discs[k, 2] or discs[k, axis] > size - discs[k, 2]:
                    discs[k, 3 + axis] = -discs[k, 3 + axis]
                    discs[k, axis] = min(max(discs[k, axis], discs[k, 2]), size - discs[k, 2])
        if clearance(pose[0], pose[1], segments, boxes, discs) < radius:
            return True
    return False


@compiled()
def field_at(cost, cell, x, y):
    """Bilinear interpolation of a field over cells of ``cell`` metres."""
    fx = min(max(x / cell, 0.0), cost.shape[0] - 1.001)
    fy = min(max(y / cell, 0.0), cost.shape[1] - 1.001)
    i, j = int(fx), int(fy)
    a, b = fx - i, fy - j
    low = (1 - b) * cost[i, j] + b * cost[i, j + 1]
    high = (1 - b) * cost[i + 1, j] + b * cost[i + 1, j + 1]
    return (1 - a) * low + a * high


@compiled()
def nose(cost, cell, pose, ahead):
    """The field at a point ``ahead`` metres in front of the robot."""
    return field_at(cost, cell, pose[0] + ahead * math.cos(pose[2]), pose[1] + ahead * math.sin(pose[2]))


@compiled()
def sense(pose, segments, discs, longest, goal, sees_goal, ranges, feel):
    """Fill the lidar ranges, and distance, sine and cosine of the bearing of the goal (all 0 where it is not felt)."""
    lidar(pose[0], pose[1], pose[2], segments, discs, longest, ranges)
    feel[:] = 0.0
    if sees_goal:
        dx, dy = goal[0] - pose[0], goal[1] - pose[1]
        bearing = math.atan2(dy, dx) - pose[2]
        feel[0], feel[1], feel[2] = math.hypot(dx, dy), math.sin(bearing), math.cos(bearing)


@compiled()
def turn(
    pose, left, right, axle, dt, parts, radius, segments, boxes, discs, width, height, longest, goal, sees_goal, ranges, feel,
    cost, cell, ahead,
):  # fmt: skip
    """A whole step: drive, sense, and the field in front of the nose; (contact, field)."""
    hit = advance(pose, left, right, axle, dt, parts, radius, segments, boxes, discs, width, height)
    sense(pose, segments, discs, longest, goal, sees_goal, ranges, feel)
    return hit, nose(cost, cell, pose, ahead)
