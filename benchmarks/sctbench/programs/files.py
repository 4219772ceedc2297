"""A file system: each thread gives its inode a block, and the search knows of one block too many."""

from threading import Lock


class FileSystem:
    """What was meant: there are as many blocks as there are."""

    def __init__(self, inodes, blocks):
        self.inode_locks = [Lock() for _ in range(inodes)]
        self.block_locks = [Lock() for _ in range(blocks)]
        self.inodes = [False] * inodes
        self.busy = [False] * blocks

    def blocks(self):
        return len(self.busy)

    def create(self, number):
        inode = number % len(self.inodes)
        with self.inode_locks[inode]:
            block = inode * 2 % self.blocks()
            for _ in range(self.blocks()):
                with self.block_locks[block]:
                    if not self.busy[block]:
                        self.busy[block] = self.inodes[inode] = True
                        return True
                block = (block + 1) % self.blocks()
            return False


class OneTooMany(FileSystem):
    def blocks(self):
        return len(self.busy) + 1
