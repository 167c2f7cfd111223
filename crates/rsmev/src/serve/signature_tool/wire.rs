//! Answers of SignatureTool as SOAP. Unsigned: they are advice, not evidence.

use base64ct::{Base64, Encoding as _};
use http::StatusCode;
use quick_xml::escape::escape;

use super::Answer;
use super::request::NAMESPACE;
use super::verdict::Verdict;

/// Namespace of codes.
const ERROR: &str = "http://idecs.nvg.ru/identityservice/ws/types/";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

/// `VerifySignatureResponse`.
pub(super) fn verdict(verdict: &Verdict) -> Answer {
    let sentence = match verdict.sentence.as_str() {
        "" => String::new(),
        sentence => format!("<err:errorMessage>{}</err:errorMessage>", text(sentence)),
    };
    let certificate = verdict.certificate.as_deref().map(Base64::encode_string);
    let certificate = certificate.map(|base64| format!("<certificate>{base64}</certificate>")).unwrap_or_default();
    envelope(
        StatusCode::OK,
        &format!(
            "<st:VerifySignatureResponse xmlns:st=\"{NAMESPACE}\"><error xmlns:err=\"{ERROR}\"><err:errorCode>{}</err:errorCode>\
             {sentence}</error>{certificate}</st:VerifySignatureResponse>",
            verdict.code.number()
        ),
    )
}

/// A fault of the one who asked.
pub(super) fn fault(sentence: &str) -> Answer {
    let sentence = text(sentence);
    envelope(
        StatusCode::INTERNAL_SERVER_ERROR,
        &format!("<soap:Fault><faultcode>soap:Client</faultcode><faultstring>{sentence}</faultstring></soap:Fault>"),
    )
}

fn envelope(status: StatusCode, content: &str) -> Answer {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<soap:Envelope xmlns:soap=\"{SOAP}\"><soap:Body>{content}</soap:Body>\
         </soap:Envelope>"
    );
    Answer { status, body }
}

/// Text that may hold words of others: without what XML forbids, and escaped.
fn text(text: &str) -> String {
    let tame: String = text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
    escape(tame).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_stay_words() {
        let answer = fault("id \"]]><x>&\u{b}\"");
        assert!(
            answer.body.contains("<faultstring>id &quot;]]&gt;&lt;x&gt;&amp; &quot;</faultstring>"),
            "{}",
            answer.body
        );
    }
}
