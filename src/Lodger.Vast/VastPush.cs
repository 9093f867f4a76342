using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Vast;

/// <summary>vast.ai's webhooks as Domain's push: <c>X-Vast-Signature-256: sha256=HMAC(secret, "timestamp.raw body")</c>, at least once, old after 300 s.</summary>
/// <param name="client">Not disposed with it.</param>
public sealed class VastPush(VastClient client) : IPush
{
    /// <summary>What the documentation names; asked for when the platform's own list cannot be had.</summary>
    private static readonly string[] Documented = ["client:outbid", "client:low_credit"];

    private const string Digest = "sha256=";
    private const int IdCharactersMax = 128;
    private const int KindCharactersMax = 64;

    public TimeSpan AgeMax { get; } = TimeSpan.FromSeconds(300);

    public async Task<Outcome<IReadOnlyList<PushSubscription>>> SubscriptionsAsync(CancellationToken cancellationToken) =>
        (await client.WebhooksAsync(cancellationToken)).Then(rows => Outcome<IReadOnlyList<PushSubscription>>.Ok([.. rows.Select(w => new PushSubscription(Text(w.Id!.Value), w.WebhookUrl ?? ""))]));

    public async Task<Outcome<NewSubscription>> SubscribeAsync(Uri address, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        var types = (await client.NotificationTypesAsync(cancellationToken)).TryGet(out var known, out _)
            ? known.Where(t => t.Context == "client" && (t.Topic == "instance" || Documented.Contains(t.Key, StringComparer.Ordinal))).Select(t => t.Key!).ToArray()
            : [];
        return (await client.CreateWebhookAsync(address, name, types.Length > 0 ? types : Documented, cancellationToken)).Then<NewSubscription>(w => new NewSubscription(Text(w.Id!.Value), w.WebhookSecret!));
    }

    public async Task<Outcome<Done>> UnsubscribeAsync(string id, CancellationToken cancellationToken) =>
        Id(id).TryGet(out var number, out var problem) ? await client.DeleteWebhookAsync(number, cancellationToken) : problem;

    public async Task<Outcome<Done>> TestAsync(string id, CancellationToken cancellationToken) =>
        Id(id).TryGet(out var number, out var problem) ? await client.TestWebhookAsync(number, cancellationToken) : problem;

    public Outcome<PushEvent> Read(PushMessage message, string secret, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentException.ThrowIfNullOrEmpty(secret);
        // 1. Signed by who knows the secret? The time is part of what was signed, so it is read as text first and believed afterwards.
        var stamp = message.Header("X-Vast-Timestamp");
        if (stamp is not { Length: > 0 and <= 12 } || !stamp.All(char.IsAsciiDigit) || !IsSigned(message, stamp, secret))
            return Refused("push-unsigned", "a delivery without the subscription's signature");

        // 2. Signed lately, by our own clock? What was overheard once is worth nothing later.
        if ((now - DateTimeOffset.FromUnixTimeSeconds(long.Parse(stamp, CultureInfo.InvariantCulture))).Duration() > AgeMax)
            return Refused("push-old", $"a delivery signed more than {AgeMax.TotalSeconds:0} s away from this machine's clock");

        // 3. Which one? The id in the header is not signed; the one in the body is, and both have to be the same.
        return Facts(message.Body) is { } known && (message.Header("X-Vast-Event-Id") is not { } named || named == known.Id || known.IsMadeUp)
            ? new PushEvent(known.Id, known.Kind)
            : Refused("push-unreadable", "a signed delivery that cannot be read");
    }

    private static bool IsSigned(PushMessage message, string stamp, string secret)
    {
        var signed = new byte[stamp.Length + 1 + message.Body.Length];
        Encoding.ASCII.GetBytes(stamp + ".", signed);
        message.Body.Span.CopyTo(signed.AsSpan(stamp.Length + 1));
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed, expected);
        var given = new byte[HMACSHA256.HashSizeInBytes];
        // An answer that came sooner for a form that cannot be right tells nothing about the secret.
        return message.Header("X-Vast-Signature-256") is { } text && text.StartsWith(Digest, StringComparison.Ordinal) && text.Length == Digest.Length + (2 * given.Length)
            && Convert.FromHexString(text.AsSpan(Digest.Length), given, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(expected, given);
    }

    /// <summary>Null for what is no JSON object. A delivery without an id is known by its bytes, which every attempt repeats.</summary>
    private static (string Id, string Kind, bool IsMadeUp)? Facts(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            var kind = new string([.. FieldText(document.RootElement, "notif_type").Where(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ':').Take(KindCharactersMax)]);
            var id = FieldText(document.RootElement, "event_id");
            return id.Length is > 0 and <= IdCharactersMax
                ? (id, kind, false)
                : (Convert.ToHexStringLower(SHA256.HashData(body.Span)), kind, true);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string FieldText(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";

    private static Problem Refused(string id, string what) => new(id, $"Refused {what}.", "", ExitCode.NotAuthorized);

    private static Outcome<long> Id(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
        ? id
        : new Problem("bad-webhook-id", $"\"{text}\" is no id of a webhook: those are whole numbers.", "", ExitCode.BadInput);

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}
