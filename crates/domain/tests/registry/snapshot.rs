//! What a snapshot holds.
use crate::demo::Memory;

#[test]
fn the_demo_region_loads_whole() {
    let registry = Memory::demo().loaded();
    assert_eq!(registry.participants().len(), 5);
}
