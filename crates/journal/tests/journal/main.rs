//! The journal from outside, as the bus and the auditor use it: real directories, real processes killed, disks that fail.

#[cfg(test)]
mod append;
#[cfg(test)]
mod compression;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod disk_faults;
#[cfg(test)]
mod index;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod power_cut;
#[cfg(test)]
mod proof;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod sim_disk;
#[cfg(test)]
mod slow_disk;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tampering;
