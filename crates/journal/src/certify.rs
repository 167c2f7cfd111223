//! What the node signs of a journal it writes: checkpoints of the months in use, seals of the months that are over.

use std::fs;

use jiff::Timestamp;

use crate::checkpoint::{self, Checkpoint, Head, Notary};
use crate::index;
use crate::journal::Journal;
use crate::place::{self, Place};
use crate::seal::{self, Seal};
use crate::{Error, Month, StoreName};

impl Journal {
    /// Signs a checkpoint for every month that has gone on since its last one. Blocks: it reads and writes the disk.
    ///
    /// [`Error::NotWhole`] for a month whose log is not the one that was signed before; the others are signed all the same.
    pub fn checkpoint(&self, time: Timestamp, notary: &dyn Notary) -> Vec<(Head, Result<Checkpoint, Error>)> {
        let sign = |head: Head| self.checkpoint_one(&head, time, notary).transpose().map(|signed| (head, signed));
        self.heads().into_iter().filter_map(sign).collect()
    }

    fn checkpoint_one(&self, head: &Head, time: Timestamp, notary: &dyn Notary) -> Result<Option<Checkpoint>, Error> {
        let place = Place::of(self.directory(), &head.store, head.month);
        let signed = checkpoint::signed_roots(&place).last().map_or(0, |(entries, _)| *entries);
        if seal::is_there(&place) {
            return Ok(None);
        }
        let (store, month) = (&head.store, head.month);
        if !head.continues {
            let what = format!("the log of {store}/{month} is not the one that was signed before");
            return Err(Error::NotWhole { what });
        }
        if signed > head.entries && head.complete {
            let found = head.entries;
            let what = format!(
                "the log of {store}/{month} has {found} frames, fewer than the {signed} that a checkpoint says"
            );
            return Err(Error::NotWhole { what });
        }
        if signed >= head.entries {
            return Ok(None);
        }
        checkpoint::write(&place, head, time, notary).map(Some)
    }

    /// Opens the months that seem to have gone on since their last checkpoint, so that the next checkpoint covers them: after a
    /// crash the end of a quiet store is signed, too. They close by themselves.
    pub fn wake(&self) -> Result<(), Error> {
        for store in place::stores(self.directory())? {
            let Some(month) = place::months(self.directory(), &store)?.pop() else { continue };
            let place = Place::of(self.directory(), &store, month);
            let signed = checkpoint::read(&place)?.0.last().map(|checkpoint| checkpoint.signed.time);
            let written =
                place.segments()?.last().and_then(|last| fs::metadata(place.segment(*last)).ok()?.modified().ok());
            let written = written.and_then(|time| Timestamp::try_from(time).ok());
            if !seal::is_there(&place) && (signed.is_none() || signed < written) {
                self.begin(&store, month)?;
            }
        }
        Ok(())
    }

    /// Months before `month` that have no seal yet, oldest first.
    pub fn unsealed_before(&self, month: Month) -> Result<Vec<(StoreName, Month)>, Error> {
        let mut found = Vec::new();
        for store in place::stores(self.directory())? {
            let months = place::months(self.directory(), &store)?.into_iter().filter(|other| *other < month);
            let open = months.filter(|month| !seal::is_there(&Place::of(self.directory(), &store, *month)));
            found.extend(open.map(|month| (store.clone(), month)));
        }
        found.sort_by_key(|(_, month)| *month);
        Ok(found)
    }

    /// Seals a month that is over: from then on nothing can be written to it. Blocks: it reads all of the month.
    pub fn seal(&self, store: &StoreName, month: Month, time: Timestamp, notary: &dyn Notary) -> Result<Seal, Error> {
        if Month::of(time)? <= month {
            return Err(Error::NotOver { month });
        }
        let place = Place::of(self.directory(), store, month);
        if let Some(seal) = seal::read(&place)? {
            return Ok(seal);
        }
        let sealed = self.while_nobody_writes(store, month, || seal::seal(&place, time, notary))?;
        // The sorted index stands in for it.
        index::remove(&place.directory.join("index.sled"))?;
        let _ = fs::remove_file(place.directory.join("index.open"));
        Ok(sealed)
    }
}
