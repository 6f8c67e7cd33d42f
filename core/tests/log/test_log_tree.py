"""The Merkle tree: hashes as RFC 6962 defines them, proofs that hold, and none that holds for anything else."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.log.tree import (
    EMPTY,
    TILE_HEIGHT,
    TILE_WIDTH,
    GrowingTree,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    is_included,
    leaf_hash,
    node_hash,
    tree_hash,
)

SIZES = st.one_of(st.integers(1, 40), st.integers(250, 262), st.integers(1, 1500))


class Kept:
    """The hashes of a tree as a log keeps them, of entries that say their number."""

    def __init__(self, size: int) -> None:
        self.levels = [[leaf_hash(f"zápis {number}".encode()) for number in range(size)]]
        while len(self.levels[-1]) >= TILE_WIDTH:
            below = self.levels[-1]
            tiles = range(len(below) // TILE_WIDTH)
            self.levels.append([plain(below[TILE_WIDTH * at : TILE_WIDTH * (at + 1)]) for at in tiles])
        self.read = 0

    def __call__(self, level: int, start: int, end: int) -> list[bytes]:
        found = self.levels[level][start:end]
        assert len(found) == end - start
        self.read += len(found)
        return found


def plain(hashes: list[bytes]) -> bytes:
    """Return the hash of a tree with these leaves, word for word as RFC 6962, 2.1 has it."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return node_hash(plain(hashes[:middle]), plain(hashes[middle:]))


PUBLISHED = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
"""Entries of the tree that implementations of RFC 6962 agree on."""


def test_the_published_tree_has_its_hash():
    """The tree of eight entries that others compute too."""
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in PUBLISHED]
    root = tree_hash(lambda _level, start, end: leaves[start:end], 8)
    assert root.hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_the_empty_tree_has_a_hash():
    """That of nothing."""
    assert tree_hash(Kept(0), 0) == EMPTY == hashlib.sha256(b"").digest()


@given(SIZES)
def test_a_tree_hashes_as_defined(size):
    """By tiles as without."""
    kept = Kept(size)
    assert tree_hash(kept, size) == plain(kept.levels[0])


@given(SIZES, st.data())
def test_every_entry_is_proven_and_no_other(size, data):
    """A proof holds for its entry, place and tree; for no other of either."""
    kept = Kept(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = inclusion_proof(kept, index, size), tree_hash(kept, size)
    leaf = kept.levels[0][index]
    assert is_included(leaf, index=index, size=size, proof=proof, root=root)
    other = data.draw(st.integers(-1, size + 1).filter(lambda number: number != index))
    assert not is_included(leaf, index=other, size=size, proof=proof, root=root)
    assert not is_included(EMPTY, index=index, size=size, proof=proof, root=root)
    assert not is_included(leaf, index=index, size=size, proof=[*proof, EMPTY], root=root)
    assert not is_included(leaf, index=index, size=size, proof=proof, root=EMPTY)
    if proof:
        cut = data.draw(st.integers(0, len(proof) - 1))
        assert not is_included(leaf, index=index, size=size, proof=proof[:cut] + proof[cut + 1 :], root=root)


@given(SIZES, st.data())
def test_what_only_grew_is_proven(size, data):
    """The proof holds between these two trees, and not if either is another."""
    kept = Kept(size)
    old = data.draw(st.integers(1, size))
    proof = consistency_proof(kept, old, size)
    of_old, of_new = tree_hash(kept, old), tree_hash(kept, size)

    def holds(**changed: object) -> bool:
        claims = {"old": old, "old_root": of_old, "new": size, "new_root": of_new, "proof": proof}
        return is_consistent(**(claims | changed))

    assert holds()
    assert not holds(old_root=EMPTY)
    assert not holds(new_root=EMPTY)
    assert not holds(proof=[*proof, EMPTY])
    assert not holds(old=size + 1)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        assert not holds(proof=[*proof[:at], EMPTY, *proof[at + 1 :]])
        assert not holds(proof=[])


def test_every_tree_begins_with_the_empty_one():
    """That needs no proof, and takes none."""
    root = tree_hash(Kept(5), 5)
    assert consistency_proof(Kept(5), 0, 5) == []
    assert is_consistent(old=0, old_root=EMPTY, new=5, new_root=root, proof=[])
    assert not is_consistent(old=0, old_root=root, new=5, new_root=root, proof=[])
    assert not is_consistent(old=0, old_root=EMPTY, new=5, new_root=root, proof=[root])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_what_is_not_there_is_not_proven(index, size):
    """No such entry, no proof."""
    with pytest.raises(ValueError, match="has no entry"):
        inclusion_proof(Kept(5), index, size)


def test_a_tree_does_not_shrink():
    """No proof from a larger to a smaller one."""
    with pytest.raises(ValueError, match="can't begin"):
        consistency_proof(Kept(5), 5, 4)


@pytest.mark.parametrize("size", [2**10, 2**13, 2**16 + 1])
def test_a_proof_reads_little(size):
    """A proof and a hash of a tree read at most one tile's hashes at each level, twice."""
    kept = Kept(size)
    inclusion_proof(kept, size // 3, size)
    consistency_proof(kept, size // 3, size)
    levels = -(-size.bit_length() // TILE_HEIGHT)
    assert kept.read <= 2 * 2 * TILE_WIDTH * levels


@given(SIZES)
def test_a_tree_that_grows_hashes_as_one_that_is_there(size):
    """And tells each complete subtree once, in constant memory."""
    kept, tree = Kept(size), GrowingTree()
    complete: list[list[bytes]] = [[] for _ in kept.levels[1:]]
    for leaf in kept.levels[0]:
        for level, own in enumerate(tree.add(leaf)):
            complete[level].append(own)
    assert (tree.size, tree.root) == (size, tree_hash(kept, size))
    assert complete == kept.levels[1:]
