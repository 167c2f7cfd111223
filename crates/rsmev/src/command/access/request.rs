//! `rsmev access request`: an application comes in and gets its number.

use clap::Args;
use domain::registry::{AccessRow, Messages};
use domain::{ParticipantCode, Version};
use jiff::civil::Date;
use office::application::{Application, Case, Number, day_of};

use super::desk::{Desk, refused};
use super::hand::{self, signed};
use super::{shelf, tell};
use crate::amend;
use crate::failure::Failure;
use crate::language::said;
use crate::print;
use crate::terminal::tame;

#[derive(Args, Debug)]
pub(crate) struct Request {
    /// The system that is to ask
    #[arg(value_name = "CONSUMER")]
    consumer: String,
    /// The service it is to ask
    #[arg(value_name = "SERVICE")]
    service: String,
    /// What the data are needed for
    #[arg(long, value_name = "TEXT")]
    purpose: String,
    /// The legal ground
    #[arg(long, value_name = "TEXT")]
    ground: String,
    /// Expected volume, in requests a day
    #[arg(long, value_name = "NUMBER")]
    volume: u32,
    /// Last day of the right
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Only this version
    #[arg(long, value_name = "VERSION")]
    version: Option<Version>,
    /// Only these operations, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    operations: Vec<String>,
    /// Test messages only, or all
    #[arg(long, value_name = "test|all", default_value = "all", value_parser = messages)]
    messages: Messages,
    /// Whom to ask about it
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
    #[command(flatten)]
    hand: hand::Signing,
    #[command(flatten)]
    words: amend::Words,
}

fn messages(text: &str) -> Result<Messages, String> {
    match text {
        "test" => Ok(Messages::Test),
        "all" => Ok(Messages::All),
        _ => Err("test or all".to_owned()),
    }
}

pub(super) fn request(words: &Request) -> Result<(), Failure> {
    let desk = Desk::open(&words.words)?;
    let registry = desk.amend.registry();
    // A row that lost its case file has its number still.
    let in_rows = registry.access_rows().iter().filter_map(|row| row.application.as_ref()?.parse().ok());
    let year = desk.today.year();
    let number = Number::next(year, desk.shelf.numbers().chain(in_rows)).ok_or_else(|| {
        Failure::no(format!("applications/ has the last number that {year} can have"))
            .hint("move the file of that number away: nobody counted so far")
    })?;
    let mut asked = Application {
        number,
        consumer: tell::consumer(&words.consumer, registry)?,
        service: tell::service(&words.service, registry)?,
        version: words.version.clone(),
        operations: words.operations.clone(),
        purpose: words.purpose.trim().to_owned(),
        ground: words.ground.trim().to_owned(),
        volume: words.volume,
        until: words.until,
        messages: words.messages,
        contact: words.contact.as_ref().map(|contact| contact.trim().to_owned()),
        consent_of: None,
        participant: None,
    };
    asked.check(registry, desk.today).map_err(|unfit| tell::unfit(&unfit, &asked, registry))?;
    asked.consent_of = asked.consent_needed(registry);
    asked.participant = registry.system(&asked.consumer).map(|system| system.participant.clone());
    let open = |case: &&Case| case.state_on(desk.today).is_open() && case.application().asks_the_same(&asked);
    if let Some(other) = desk.shelf.cases().find(open) {
        let number = other.number();
        return Err(Failure::no(format!("application {number} asks for the same and is not decided yet"))
            .hint(format!("`rsmev access show {number}`, or withdraw it first: `rsmev access withdraw {number}`")));
    }
    refuse_what_is_given(&desk, &asked)?;
    // Read before anything is written: an application that is filed is filed, whatever the calendar is like.
    let calendar = shelf::calendar(words.words.config())?;
    let identity = if words.hand.is_named() {
        Some(words.hand.identity(desk.amend.snapshot(), &desk.shelf.officers, desk.now)?)
    } else {
        None
    };
    let owner = asked.consent_of.clone();
    let text = signed(Case::request(asked, &desk.by, desk.now), identity.as_ref())?;
    let case = Case::begin(number, &text, desk.rules()).map_err(|refusal| refused(number, &refusal))?;
    desk.conclude("access request", &case, &told(number, owner.as_ref()))?;
    let due = case.due(&calendar, day_of(desk.now));
    if let Some(due) = due {
        print::talk(&said(|| format!("ответ до {}", due.day), || format!("the answer is due until {}", due.day)));
    }
    Ok(())
}

/// A right that its consumer has already, as long and as wide, needs no second row.
fn refuse_what_is_given(desk: &Desk<'_>, asked: &Application) -> Result<(), Failure> {
    let on_application = |row: &&AccessRow| row.application.is_some() && desk.shelf.unbacked(row, desk.today).is_none();
    let mut rows = desk.amend.registry().access_rows().iter().filter(|row| asked.is_given_by(row, desk.today));
    let Some(row) = rows.find(on_application) else { return Ok(()) };
    let number = tame(row.application.as_deref().unwrap_or_default());
    let (consumer, place) = (&asked.consumer, &row.place);
    let until = row.until.map(|day| said(|| format!(" до {day}"), || format!(" until {day}"))).unwrap_or_default();
    Err(Failure::no(said(
        || format!("{consumer} уже имеет этот доступ{until}: строка {place}, заявка {number}"),
        || format!("{consumer} has this right{until} already: row {place}, application {number}"),
    ))
    .hint("ask for a later last day, another version, other operations or messages"))
}

fn told(number: Number, owner: Option<&ParticipantCode>) -> String {
    match owner {
        Some(owner) => said(
            || format!("{number}: подана; у владельца сервиса, {owner}, запрошено согласие"),
            || format!("{number}: submitted; {owner}, the owner of the service, is asked for its consent"),
        ),
        None => said(
            || format!("{number}: подана; согласие не нужно, решает оператор"),
            || format!("{number}: submitted; it needs no consent, the operator decides"),
        ),
    }
}
