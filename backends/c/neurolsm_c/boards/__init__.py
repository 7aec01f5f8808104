"""Boards that QEMU emulates: how a program is compiled for one, and how it runs there through semihosting."""

from neurolsm_c.boards.board import BOARDS, Board

__all__ = ["BOARDS", "Board"]
