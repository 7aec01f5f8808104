"""Files: results that appear whole or not at all, and what is read from a disk only after it was checked.

results      one file written in one go, whatever the target is (a link, a pipe, a device)
checked      arrays and a header in one file with a checksum
readable, unpack   what is refused before anything is unpacked
"""
