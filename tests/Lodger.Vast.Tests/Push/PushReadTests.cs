using System.Security.Cryptography;
using System.Text;
using Lodger.Domain.Market;
using Lodger.Vast.Tests.Script;

namespace Lodger.Vast.Tests.Push;

/// <summary>What makes a delivery believable: its signature over the raw bytes, its age, and the id that was signed with it.</summary>
public sealed class PushReadTests
{
    private const string Secret = "whsec-of-the-test";
    private const string Outbid = """{"event_id": "e-1", "user_id": 77, "notif_type": "outbid", "subject": "s", "message": "Your instance 4711 has been outbid", "timestamp": 1.5}""";

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);
    private static readonly VastPush Push = new(ScriptedServer.Start().Client);

    [Fact]
    public void A_delivery_that_the_platform_signed_just_now_is_read()
    {
        var told = Push.Read(Message(Outbid), Secret, Now).Value;
        told.ShouldBe(new PushEvent("e-1", "outbid"));
        Push.Read(Message(Outbid, age: TimeSpan.FromSeconds(299)), Secret, Now).IsOk.ShouldBeTrue();
    }

    [Theory]
    [InlineData("another secret")]
    [InlineData("another body")]
    [InlineData("another time")]
    [InlineData("no signature")]
    [InlineData("no time")]
    [InlineData("a time that is no number")]
    [InlineData("a time too long")]
    [InlineData("half a signature")]
    [InlineData("no digits")]
    [InlineData("another digest")]
    public void What_is_not_signed_is_refused(string what)
    {
        var good = Message(Outbid);
        var signature = good.Header("X-Vast-Signature-256")!;
        var message = what switch
        {
            "another secret" => Message(Outbid, secret: Secret + "x"),
            "another body" => good with { Body = Encoding.UTF8.GetBytes(Outbid.Replace("4711", "4712", StringComparison.Ordinal)) },
            "another time" => With(good, "X-Vast-Timestamp", $"{Now.ToUnixTimeSeconds() + 1}"),
            "no signature" => With(good, "X-Vast-Signature-256", null),
            "no time" => With(good, "X-Vast-Timestamp", null),
            "a time that is no number" => With(good, "X-Vast-Timestamp", "soon"),
            "a time too long" => With(good, "X-Vast-Timestamp", new string('9', 40)),
            "half a signature" => With(good, "X-Vast-Signature-256", signature[..^2]),
            "no digits" => With(good, "X-Vast-Signature-256", "sha256=" + new string('g', 64)),
            _ => With(good, "X-Vast-Signature-256", signature.Replace("sha256", "sha512", StringComparison.Ordinal)),
        };
        var refused = Push.Read(message, Secret, Now).Problem!;
        refused.Id.ShouldBe("push-unsigned");
        refused.ToString().ShouldNotContain("4711");
        refused.ToString().ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(-301)]
    public void What_was_signed_too_long_ago_or_too_far_ahead_is_refused(int ageSeconds) =>
        Push.Read(Message(Outbid, age: TimeSpan.FromSeconds(ageSeconds)), Secret, Now).Problem!.Id.ShouldBe("push-old");

    [Fact]
    public void The_id_that_counts_is_the_signed_one()
    {
        Push.Read(With(Message(Outbid), "X-Vast-Event-Id", "e-2"), Secret, Now).Problem!.Id.ShouldBe("push-unreadable");
        Push.Read(With(Message(Outbid), "X-Vast-Event-Id", null), Secret, Now).Value.Id.ShouldBe("e-1");
        const string nameless = """{"notif_type": "outbid"}""";
        var first = Push.Read(With(Message(nameless), "X-Vast-Event-Id", "e-2"), Secret, Now).Value.Id;
        Push.Read(With(Message(nameless), "X-Vast-Event-Id", "e-3"), Secret, Now).Value.Id.ShouldBe(first, "another header does not make another delivery");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"event_id\": \"e-1\"")]
    public void Signed_bytes_that_are_no_notification_are_refused(string body) => Push.Read(Message(body), Secret, Now).Problem!.Id.ShouldBe("push-unreadable");

    [Fact]
    public void The_word_for_what_happened_is_made_fit_to_be_shown() =>
        Push.Read(Message("""{"event_id": "e-1", "notif_type": "out\u001b[31mbid <b>"}"""), Secret, Now).Value.Kind.ShouldBe("out31mbidb");

    private static PushMessage With(PushMessage message, string name, string? value) => message with { Header = n => n == name ? value : message.Header(n) };

    private static PushMessage Message(string body, string secret = Secret, TimeSpan age = default)
    {
        var stamp = (Now - age).ToUnixTimeSeconds();
        var signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{stamp}.{body}")));
        return new(
            name => name switch { "X-Vast-Timestamp" => $"{stamp}", "X-Vast-Signature-256" => signature, "X-Vast-Event-Id" => "e-1", _ => null },
            Encoding.UTF8.GetBytes(body));
    }
}
