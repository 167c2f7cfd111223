//! A disk that loses power: it writes real files, and remembers of each what would be gone if the power went now.
//!
//! Per page of 4 KiB that no sync has covered the old octets, per file the length, per new name in a directory that nothing has made
//! it durable. [`SimDisk::end`] makes an arbitrary part of that undone: pages whole, torn at 512 octets or not at all. Faults and hangs
//! are planned per store. The index does not write through this disk; what a cut makes of it is `power_cut`'s business.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use journal::disk::{Disk, SegmentFile};

const PAGE: u64 = 4096;
const SECTOR: usize = 512;

/// Reproducible chance (splitmix64).
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x9E37_79B9_7F4A_7C15)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(crate) fn index(&mut self, bound: usize) -> usize {
        usize::try_from(self.below(bound as u64)).unwrap()
    }
}

/// What a store's disk does from now on, until told otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    #[default]
    Good,
    /// Nothing can be written: remounted read-only after an error.
    ReadOnly,
    /// No room.
    Full,
    /// Writes go well, `fdatasync` errs.
    NoSync,
    /// Whoever asks for something waits.
    Hangs,
}

/// How often chance makes an operation fail; 0 is never.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rates {
    pub(crate) sync: u64,
    pub(crate) full: u64,
    pub(crate) create: u64,
}

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The process is killed: the system's memory survives and stays undurable.
    Kill,
    PowerCut,
}

#[derive(Debug, Default)]
struct Undurable {
    /// Length when it was last durable.
    length: u64,
    /// Octets of the pages as they were then; pages beyond that length are zeros.
    pages: BTreeMap<u64, Vec<u8>>,
    /// Pages that a failed `fdatasync` lost: the system takes them for written, no later one writes them.
    lost: BTreeMap<u64, Vec<u8>>,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    /// Operations so far, and the one in whose middle everything ends.
    operations: u64,
    end_at: Option<u64>,
    down: bool,
    files: HashMap<PathBuf, Undurable>,
    /// Names that are not durable yet, oldest first.
    names: Vec<PathBuf>,
    moods: HashMap<String, Mood>,
    rates: Rates,
    free: HashMap<String, u64>,
    /// Calls that hang now.
    hanging: usize,
}

/// The disk.
#[derive(Clone, Debug)]
pub(crate) struct SimDisk {
    state: Arc<Mutex<State>>,
    changed: Arc<Condvar>,
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    path: PathBuf,
    file: File,
}

/// Whether an operation is the last one: it happens in part only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Whole,
    Last,
}

fn off() -> io::Error {
    io::Error::other("the power is off")
}

impl SimDisk {
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        let state = State {
            dice: Dice::new(seed),
            operations: 0,
            end_at: None,
            down: false,
            files: HashMap::new(),
            names: Vec::new(),
            moods: HashMap::new(),
            rates: Rates::default(),
            free: HashMap::new(),
            hanging: 0,
        };
        Arc::new(Self { state: Arc::new(Mutex::new(state)), changed: Arc::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Everything ends in the middle of the operation that comes after so many.
    pub(crate) fn end_after(&self, operations: u64, rates: Rates) {
        let mut state = self.state();
        state.end_at = Some(state.operations + operations);
        state.rates = rates;
    }

    /// From now on nothing works; what was under way stays as it is.
    pub(crate) fn pull_the_plug(&self) {
        self.state().down = true;
    }

    pub(crate) fn is_down(&self) -> bool {
        self.state().down
    }

    /// What the disk of a store does from now on.
    pub(crate) fn set(&self, store: &str, mood: Mood) {
        self.state().moods.insert(store.to_owned(), mood);
        self.changed.notify_all();
    }

    /// Octets that this store's disk has left.
    pub(crate) fn set_free(&self, store: &str, free: u64) {
        self.state().free.insert(store.to_owned(), free);
    }

    /// Waits until so many calls hang.
    pub(crate) fn wait_for_hanging(&self, calls: usize) {
        drop(self.changed.wait_while(self.state(), |state| state.hanging < calls).unwrap());
    }

    /// The machine comes up again. After a power cut an arbitrary part of what was not durable is gone, the rest is durable.
    pub(crate) fn end(&self, end: End) {
        let mut state = self.state();
        (state.down, state.end_at, state.rates) = (false, None, Rates::default());
        if end == End::Kill {
            return;
        }
        let State { dice, files, names, .. } = &mut *state;
        // Nothing, everything, or each by itself.
        let fate = dice.below(4);
        for name in names.drain(..).rev() {
            if fate == 0 || (fate > 1 && dice.once_in(2)) {
                let _ = if name.is_dir() { fs::remove_dir_all(&name) } else { fs::remove_file(&name) };
            }
        }
        for (path, undurable) in files.drain() {
            if path.exists() {
                roll_back(&path, &undurable, fate, dice);
            }
        }
    }

    /// One operation on a file of this path: may hang, may find the power off, may be the last one.
    fn step(&self, path: &Path) -> io::Result<Step> {
        let mut state = self.state();
        if state.mood(path) == Mood::Hangs {
            state.hanging += 1;
            self.changed.notify_all();
            state = self.changed.wait_while(state, |state| state.mood(path) == Mood::Hangs && !state.down).unwrap();
            state.hanging -= 1;
        }
        if state.down {
            return Err(off());
        }
        state.operations += 1;
        if state.end_at == Some(state.operations) {
            state.down = true;
            self.changed.notify_all();
            return Ok(Step::Last);
        }
        Ok(Step::Whole)
    }

    fn open_file(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Box::new(SimFile { disk: self.clone(), path: path.to_owned(), file }))
    }

    /// Everything of the file that is not lost becomes durable; or chance and mood make the call fail.
    fn make_durable(&self, path: &Path) -> io::Result<()> {
        if self.step(path)? == Step::Last {
            return Err(off());
        }
        let length = fs::metadata(path)?.len();
        let mut state = self.state();
        let fails = state.mood(path) == Mood::NoSync || state.fails(|rates| rates.sync);
        let State { dice, files, .. } = &mut *state;
        let undurable = files.entry(path.to_owned()).or_insert_with(|| Undurable { length, ..Undurable::default() });
        if fails {
            let pages = std::mem::take(&mut undurable.pages);
            undurable.lost.extend(pages.into_iter().filter(|_| dice.once_in(2)));
            return Err(io::Error::from_raw_os_error(5));
        }
        undurable.pages.clear();
        undurable.length = length;
        Ok(())
    }
}

impl State {
    fn mood(&self, path: &Path) -> Mood {
        let of_store = |name: &std::ffi::OsStr| self.moods.get(name.to_str()?).copied();
        path.iter().find_map(of_store).unwrap_or_default()
    }

    /// Every name beside this one is durable.
    fn directory_synced(&mut self, path: &Path) {
        self.names.retain(|name| name.parent() != path.parent());
    }

    fn fails(&mut self, rate: impl Fn(&Rates) -> u64) -> bool {
        let rate = rate(&self.rates);
        rate > 0 && self.dice.once_in(rate)
    }

    /// Whether the disk takes writes at all.
    fn writable(&mut self, path: &Path) -> io::Result<()> {
        match self.mood(path) {
            Mood::ReadOnly => Err(io::Error::from_raw_os_error(30)),
            Mood::Full => Err(io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        }
    }
}

/// Gives a file the content that it may have after the cut.
fn roll_back(path: &Path, undurable: &Undurable, fate: u64, dice: &mut Dice) {
    let file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    let length = file.metadata().unwrap().len();
    let (short, long) = (length.min(undurable.length), length.max(undurable.length));
    let kept = match fate {
        0 => undurable.length,
        1 => length,
        _ => [undurable.length, length, short + dice.below(long - short + 1)][dice.index(3)],
    };
    file.set_len(long).unwrap();
    let lost = undurable.lost.iter().map(|(page, old)| (page, old, true));
    for (page, old, lost) in undurable.pages.iter().map(|(page, old)| (page, old, false)).chain(lost) {
        let mut octets = vec![0; usize::try_from(PAGE).unwrap()];
        read_up_to(&file, &mut octets, page * PAGE);
        let whole = lost || fate == 0 || (fate == 2 && dice.once_in(2));
        for (number, sector) in octets.chunks_mut(SECTOR).enumerate() {
            if whole || (fate == 3 && dice.once_in(2)) {
                sector.copy_from_slice(&old[number * SECTOR..(number + 1) * SECTOR]);
            }
        }
        file.write_all_at(&octets, page * PAGE).unwrap();
    }
    file.set_len(kept).unwrap();
}

/// The octets there; zeros behind the end.
fn read_up_to(file: &File, octets: &mut [u8], offset: u64) {
    let mut read = 0;
    while read < octets.len() {
        match file.read_at(&mut octets[read..], offset + read as u64).unwrap() {
            0 => break,
            more => read += more,
        }
    }
}

impl Disk for SimDisk {
    fn make_directory(&self, path: &Path, _mode: u32) -> io::Result<()> {
        let last = self.step(path)?;
        self.state().writable(path).or_else(|error| if path.exists() { Ok(()) } else { Err(error) })?;
        if !path.exists() {
            fs::create_dir(path)?;
            self.state().names.push(path.to_owned());
        }
        if last == Step::Last {
            return Err(off());
        }
        self.state().directory_synced(path);
        Ok(())
    }

    fn create(&self, path: &Path, octets: &[u8]) -> io::Result<Box<dyn SegmentFile>> {
        let draft = path.with_extension("draft");
        let last = self.step(path)?;
        {
            let mut state = self.state();
            state.writable(path)?;
            if state.fails(|rates| rates.create) {
                return Err(io::ErrorKind::StorageFull.into());
            }
        }
        if last == Step::Last {
            // Nothing, an empty draft, a part of it, all of it.
            let part = self.state().dice.index(octets.len() + 2);
            if part > 0 {
                fs::write(&draft, &octets[..part - 1])?;
            }
            return Err(off());
        }
        fs::write(&draft, octets)?;
        fs::rename(&draft, path)?;
        let mut state = self.state();
        let durable = Undurable { length: octets.len() as u64, ..Undurable::default() };
        state.files.insert(path.to_owned(), durable);
        state.names.push(path.to_owned());
        drop(state);
        // The directory.
        if self.step(path)? == Step::Last {
            return Err(off());
        }
        self.state().directory_synced(path);
        self.open_file(path)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn SegmentFile>> {
        self.step(path)?;
        self.state().writable(path)?;
        self.open_file(path)
    }

    fn settle(&self, path: &Path) -> io::Result<()> {
        if let Err(error) = self.make_durable(path) {
            let mut state = self.state();
            // What was lost is forgotten by the system too: from now on the file reads as the disk has it.
            if error.raw_os_error() == Some(5)
                && let Some(undurable) = state.files.remove(path)
            {
                roll_back(path, &undurable, 1, &mut state.dice);
            }
            return Err(error);
        }
        self.state().directory_synced(path);
        Ok(())
    }

    fn free(&self, directory: &Path) -> io::Result<u64> {
        let state = self.state();
        Ok(directory.iter().find_map(|name| state.free.get(name.to_str()?)).copied().unwrap_or(u64::MAX))
    }

    fn salt(&self) -> [u8; 16] {
        let mut state = self.state();
        let mut salt = [0; 16];
        for octets in salt.chunks_mut(8) {
            octets.copy_from_slice(&state.dice.next().to_le_bytes());
        }
        salt
    }
}

impl SegmentFile for SimFile {
    fn write(&mut self, octets: &[u8], offset: u64) -> io::Result<()> {
        let last = self.disk.step(&self.path)?;
        let mut state = self.disk.state();
        let full = state.fails(|rates| rates.full);
        let allowed =
            state.writable(&self.path).and(if full { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) });
        let written = match (&allowed, last) {
            (Err(error), _) if error.kind() != io::ErrorKind::StorageFull => return allowed,
            (Ok(()), Step::Whole) => octets.len(),
            _ => state.dice.index(octets.len() + 1),
        };
        let length = self.file.metadata()?.len();
        let fresh = || Undurable { length, ..Undurable::default() };
        let undurable = state.files.entry(self.path.clone()).or_insert_with(fresh);
        for page in offset / PAGE..(offset + written as u64).div_ceil(PAGE) {
            remember(undurable, &self.file, page);
        }
        self.file.write_all_at(&octets[..written], offset)?;
        if last == Step::Last { Err(off()) } else { allowed }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.make_durable(&self.path)
    }

    fn cut(&mut self, length: u64) -> io::Result<()> {
        let last = self.disk.step(&self.path)?;
        let mut state = self.disk.state();
        if state.mood(&self.path) == Mood::ReadOnly {
            return state.writable(&self.path);
        }
        let before = self.file.metadata()?.len();
        let undurable = state
            .files
            .entry(self.path.clone())
            .or_insert_with(|| Undurable { length: before, ..Undurable::default() });
        for page in length / PAGE..before.div_ceil(PAGE) {
            remember(undurable, &self.file, page);
        }
        self.file.set_len(length)?;
        if last == Step::Last { Err(off()) } else { Ok(()) }
    }
}

/// Keeps the durable octets of a page that is about to change.
fn remember(undurable: &mut Undurable, file: &File, page: u64) {
    let old = undurable.lost.remove(&page);
    undurable.pages.entry(page).or_insert_with(|| {
        old.unwrap_or_else(|| {
            let mut octets = vec![0; usize::try_from(PAGE).unwrap()];
            read_up_to(file, &mut octets, page * PAGE);
            octets
        })
    });
}
