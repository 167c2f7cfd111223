//! A provider on loopback that behaves in all the ways providers do.

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{Call, ClientTls, Endpoint, Error, HttpClient, Transport};

/// Listens once and lets `act` play the provider; the address comes back.
async fn provider<F, R>(act: F) -> String
where
    F: FnOnce(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/service", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        act(stream).await;
    });
    address
}

/// Reads one request whose body is `<a/>`.
async fn request(stream: &mut TcpStream) -> String {
    let mut octets = Vec::new();
    while !octets.ends_with(b"<a/>") {
        assert_ne!(stream.read_buf(&mut octets).await.unwrap(), 0, "the client hung up");
    }
    String::from_utf8(octets).unwrap()
}

fn call(url: &str, deadline: Duration) -> Call {
    Call {
        endpoint: Endpoint { url: url.to_owned(), tls: None },
        content_type: "text/xml;  charset=UTF-8".to_owned(),
        soap_action: Some(Bytes::from_static(b"'urn:putData'")),
        body: Bytes::from_static(b"<a/>"),
        deadline,
        answer_bytes_max: 64,
    }
}

const AMPLE: Duration = Duration::from_secs(60);

fn client() -> HttpClient {
    HttpClient::new(AMPLE)
}

#[tokio::test]
async fn headers_travel_unchanged_and_the_answer_comes_whole() {
    let (seen, received) = tokio::sync::oneshot::channel();
    let url = provider(|mut stream| async move {
        seen.send(request(&mut stream).await).unwrap();
        let answer = b"HTTP/1.1 500 No\r\ncontent-type: text/xml\r\ncontent-length: 4\r\n\r\n<b/>";
        stream.write_all(answer).await.unwrap();
    })
    .await;
    let reply = client().post(call(&url, AMPLE)).await.unwrap();
    assert_eq!((reply.status, reply.content_type.as_str(), &reply.body[..]), (500, "text/xml", &b"<b/>"[..]));
    let request = received.await.unwrap();
    assert!(request.starts_with("POST /service HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: text/xml;  charset=UTF-8\r\n"), "{request}");
    assert!(request.contains("soapaction: 'urn:putData'\r\n"), "{request}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_not_an_order() {
    let url = provider(|mut stream| async move {
        request(&mut stream).await;
        let answer = b"HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer).await.unwrap();
    })
    .await;
    assert_eq!(client().post(call(&url, AMPLE)).await.unwrap().status, 307);
}

#[tokio::test]
async fn a_provider_that_is_down_is_told_from_one_that_is_late() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let nobody = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    let error = client().post(call(&nobody, AMPLE)).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. }) && error.nothing_was_sent(), "{error:?}");

    let late = provider(|mut stream| async move {
        request(&mut stream).await;
        // Holds the connection until the client gives up.
        let _ = stream.read(&mut [0]).await;
    })
    .await;
    let error = client().post(call(&late, Duration::from_millis(50))).await.unwrap_err();
    assert!(matches!(error, Error::AnswerTimeout { milliseconds: 50 }) && !error.nothing_was_sent(), "{error:?}");
}

#[tokio::test]
async fn an_answer_over_the_limit_is_refused() {
    let url = provider(|mut stream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 65\r\n\r\n").await;
        let _ = stream.write_all(&[b'x'; 65]).await;
    })
    .await;
    let error = client().post(call(&url, AMPLE)).await.unwrap_err();
    assert!(matches!(error, Error::AnswerTooLarge { max: 64 }), "{error:?}");
}

#[tokio::test]
async fn an_answer_in_chunks_of_one_octet_costs_its_length_and_has_the_same_limit() {
    for octets in [64_usize, 65] {
        let url = provider(move |mut stream| async move {
            request(&mut stream).await;
            let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
            let answer = format!("{head}{}0\r\n\r\n", "1\r\nx\r\n".repeat(octets));
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
        let reply = client().post(call(&url, AMPLE)).await;
        if octets == 64 {
            let body = reply.unwrap().body;
            assert_eq!(&body[..], [b'x'; 64]);
            let room = body.try_into_mut().expect("one buffer of its own").capacity();
            assert!(room <= 128, "{room} octets kept");
        } else {
            assert!(matches!(reply, Err(Error::AnswerTooLarge { max: 64 })), "{reply:?}");
        }
    }
}

#[tokio::test]
async fn a_connection_cut_in_the_answer_is_broken_and_the_message_is_not_sent_twice() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let provider = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        request(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<b").await.unwrap();
        drop(stream);
        listener
    });
    let error = client().post(call(&url, AMPLE)).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }) && !error.nothing_was_sent(), "{error:?}");
    let listener = provider.await.unwrap();
    let again = std::future::poll_fn(|cx| std::task::Poll::Ready(listener.poll_accept(cx).is_ready())).await;
    assert!(!again, "the POST was repeated");
}

#[tokio::test]
async fn addresses_that_are_not_http_are_refused_before_any_connection() {
    for url in ["", "/path", "ftp://127.0.0.1/", "127.0.0.1:80"] {
        let error = client().post(call(url, AMPLE)).await.unwrap_err();
        assert!(matches!(error, Error::BadEndpoint), "{url}: {error:?}");
    }
    let error = client().post(call("https://127.0.0.1:1/", AMPLE)).await.unwrap_err();
    assert!(matches!(error, Error::Connect { .. } | Error::TlsSettings { .. }), "{error:?}");
    assert!(matches!(ClientTls::new(b"", None, AMPLE), Err(Error::TlsSettings { .. })));
}
