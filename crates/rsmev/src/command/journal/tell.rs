//! A story in words, Russian or English.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::judge::{Act, Judgement, State, What, Who};
use super::story::{Exchange, Message, Outcome, Session, Story};
use crate::failure::Failure;
use crate::language::Language;
use crate::print;
use crate::terminal::{cell, tame};

/// Characters of a verdict.
const VERDICT_WIDTH: usize = 200;

/// The machine form: the story, and the sentences about who acts in both languages.
pub(super) fn both(story: &Story) -> Value {
    let sentences = |acts: &[Act]| -> Vec<Value> {
        acts.iter().map(|act| json!({"ru": sentence(act, Language::Ru), "en": sentence(act, Language::En)})).collect()
    };
    let mut value = json!(story);
    if let Some(fields) = value.as_object_mut() {
        fields.insert("next_steps".to_owned(), json!(sentences(&story.judgement.who_acts)));
    }
    value
}

/// The form for people: first what matters now, then each exchange.
pub(super) fn tell(story: &Story, language: Language) -> Result<(), Failure> {
    print::line(&format!("{} {}", tame(&story.id), language.of("(время UTC)", "(times in UTC)")))?;
    match story.sessions.as_slice() {
        [] => {
            print::line(language.of("нет сообщений с доказанным отправителем", "no message whose sender was proved"))?;
        }
        [session] => state(&session.judgement, language, "")?,
        sessions => sessions.iter().try_for_each(|session| headline(session, language))?,
    }
    story.exchanges.iter().try_for_each(|exchange| block(exchange, language))
}

fn headline(session: &Session, language: Language) -> Result<(), Failure> {
    print::line(&format!("{} {}", language.of("обращение", "session"), session.opened_by))?;
    state(&session.judgement, language, "  ")
}

fn state(judgement: &Judgement, language: Language, indent: &str) -> Result<(), Failure> {
    let word = match judgement.state {
        State::Finished => language.of("завершено", "finished"),
        State::Waiting => language.of("ожидает", "waiting"),
        State::Failed => language.of("не исполнено", "failed"),
    };
    print::line(&format!("{indent}{} {word}", language.of("состояние:", "state:")))?;
    if judgement.who_acts.is_empty() {
        return print::line(&format!("{indent}{}", language.of("никто ничего не должен", "nobody has to act")));
    }
    judgement.who_acts.iter().try_for_each(|act| print::line(&format!("{indent}→ {}", tame(&sentence(act, language)))))
}

/// Who has to do what.
fn sentence(act: &Act, language: Language) -> String {
    let who = match act.who {
        Who::Consumer => language.of("потребитель", "consumer"),
        Who::Provider => language.of("поставщик", "provider"),
        Who::Operator => language.of("оператор шины", "operator of the bus"),
    };
    let system = act.system.as_ref().map(|system| format!(" {system}")).unwrap_or_default();
    let code = act.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
    format!("{who}{system}: {}{code}", task(act.what, language))
}

fn task(what: What, language: Language) -> &'static str {
    match what {
        What::PrepareResult => {
            language.of("принял запрос и должен дать результат (RESULT)", "has accepted and owes the RESULT")
        }
        What::Poll => language.of("запрашивает результат повторным опросом (PING)", "polls for the result (PING)"),
        What::Answer => language.of("получил запрос, ответ ожидается", "has the request; the answer is due"),
        What::SettlePending => language.of(
            "обмен начат и не окончен: выяснить у поставщика, исполнен ли запрос, и сообщить обеим сторонам",
            "the exchange began and has no end: ask the provider whether the request was done, tell both sides",
        ),
        What::MendAndResend => {
            language.of("исправляет сообщение и отправляет новый запрос", "mends the message and sends a new request")
        }
        What::ApplyAndResend => language.of(
            "получает право или регистрацию и отправляет запрос снова",
            "gets the right or the registration and sends the request again",
        ),
        What::RepeatLater => {
            language.of("повторяет запрос после устранения причины", "repeats the request when the cause is gone")
        }
        What::RemoveCause => language.of("устраняет причину отказа", "removes the cause of the failure"),
        What::ReadRefusal => language.of(
            "читает мотивированный отказ; новое обращение — новый запрос",
            "reads the reasoned refusal; another application is a new request",
        ),
        What::CorrectData => language.of("проверяет данные и исправляет их", "checks its data and corrects them"),
    }
}

/// One exchange.
fn block(exchange: &Exchange, language: Language) -> Result<(), Failure> {
    let word = |text: &Option<String>| tame(text.as_deref().unwrap_or("-"));
    print::line("")?;
    print::line(&format!("{} {}", language.of("обмен", "exchange"), exchange.id))?;
    let service = format!("{}/{}", word(&exchange.service), word(&exchange.service_version));
    let operation = word(&exchange.operation);
    print::line(&format!("  {} -> {}  {service}  {operation}", word(&exchange.sender), word(&exchange.recipient)))?;
    if let Some(number) = &exchange.case_number {
        print::line(&format!("  {} {}", language.of("дело     ", "case     "), cell(number, VERDICT_WIDTH)))?;
    }
    let status = |message: &Option<Message>| message.as_ref().and_then(|message| message.status.clone());
    let (came, went) = (language.of("принят", "in"), language.of("передан", "out"));
    print::line(&format!(
        "  {} {:<8} {came} {}  {went} {}",
        language.of("запрос   ", "request  "),
        word(&status(&exchange.request)),
        time(exchange.request_in),
        time(exchange.request_out)
    ))?;
    print::line(&format!(
        "  {} {:<8} {came} {}  {went} {}",
        language.of("ответ    ", "answer   "),
        word(&status(&exchange.answer)),
        time(exchange.answer_in),
        time(exchange.answer_out)
    ))?;
    outcome(exchange, language)?;
    for (name, message) in
        [(language.of("запроса", "request"), &exchange.request), (language.of("ответа", "answer"), &exchange.answer)]
    {
        if let Some(message) = message {
            signatures(name, message, language)?;
        }
    }
    let records = exchange.records.join(", ");
    print::line(&format!("  {} {records}", language.of("записи   ", "records  ")))
}

fn outcome(exchange: &Exchange, language: Language) -> Result<(), Failure> {
    let word = match exchange.outcome {
        Outcome::Pending => language.of("не окончен", "pending"),
        Outcome::Answered => language.of("отвечен", "answered"),
        Outcome::Failed => language.of("не исполнен", "failed"),
        Outcome::Refused => language.of("отказано", "refused"),
    };
    let code = exchange.code.as_ref().map(|code| format!(" {code}: {}", cell(&exchange.verdict, VERDICT_WIDTH)));
    let fault = (exchange.verdict == "answered with a fault")
        .then(|| language.of(" (SOAP Fault поставщика)", " (a SOAP fault of the provider)").to_owned());
    let unproven = if exchange.proven {
        ""
    } else {
        language.of("; отправитель не доказан", "; the sender is not proved")
    };
    let more = code.or(fault).unwrap_or_default();
    print::line(&format!("  {} {word}{}{unproven}", language.of("исход    ", "outcome  "), tame(&more)))
}

/// What was found about the signatures of one message.
fn signatures(name: &str, message: &Message, language: Language) -> Result<(), Failure> {
    let mut found = Vec::new();
    if let Some(signer) = &message.signer {
        found.push(format!("ЭП-ОВ {}", tame(signer)));
    }
    if let Some(node) = &message.node_signer {
        found.push(format!("ЭП-СМЭВ {}", tame(node)));
    }
    for official in &message.officials {
        let trust = official.trust.as_ref().map(|trust| format!(", {}", tame(trust))).unwrap_or_default();
        found.push(format!("ЭП-СП {} ({}{trust})", tame(&official.outcome), cell(&official.place, 60)));
    }
    if found.is_empty() {
        return Ok(());
    }
    print::line(&format!("  {} {name}: {}", language.of("подпись  ", "signature"), found.join("; ")))
}

fn time(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "-".to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
}
