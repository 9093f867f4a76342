using System.Globalization;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Vast.Adapter;
using Lodger.Vast.Credentials;
using Lodger.Vast.Query;

namespace Lodger.Vast;

/// <summary>vast.ai, or anything that speaks its API, as Domain's marketplace. Rentals on demand or by bid, with ssh, direct and through the proxy.</summary>
/// <param name="client">Not disposed with the market.</param>
/// <param name="name">For people: <c>vast.ai (account anna)</c>, <c>local marketplace</c>.</param>
public sealed class VastMarket(VastClient client, string name) : IMarket
{
    private const int OffersMax = 200;

    // The platform's own account on its hosts: what the official client logs in as.
    private const string HostUser = "vastai_kaalia";
    private const string HostDoorPath = "/workspace/";

    // A rental's charges reach back to its start, which only the platform knows; no contract on it has run for longer unbilled.
    private static readonly TimeSpan ChargesReachBack = TimeSpan.FromDays(400);

    public string Name { get; } = name;

    public DateTimeOffset MarketNow => client.MarketNow;

    public double MarketSpeed => client.MarketSpeed;

    public async Task<Outcome<IReadOnlyList<Offer>>> SearchAsync(string query, int diskGb, bool withDefaults, CancellationToken cancellationToken)
    {
        if (!(withDefaults ? SafeQuery.Merge(query) : OfferQuery.Parse(query)).TryGet(out var parsed, out var problem)) return problem;
        if (!(await client.SearchAsync(parsed, OfferOrder.Cheapest, diskGb, OffersMax, cancellationToken)).TryGet(out var wire, out problem)) return problem;
        var dockerOnly = withDefaults ? wire.Where(offer => offer.VmsEnabled != true || parsed.Mentions("vms_enabled")).ToList() : wire;
        var offers = dockerOnly.Select(offer => OfferReading.Read(offer, diskGb, client.Clean)).OfType<Offer>().ToList();
        if (dockerOnly.Count > 0 && offers.Count == 0)
        {
            return new Problem(
                "answer-unreadable", $"{Name} sent {dockerOnly.Count} offers and none of them states its GPU and its prices.", "Update Lodger.", ExitCode.Unknown, MayRetry: true);
        }

        return offers;
    }

    public async Task<Outcome<string>> RentAsync(RentRequest request, CancellationToken cancellationToken, Func<bool>? maySend = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        foreach (var secret in request.Secrets.Values) client.KeepSecret(secret);
        if (!Id(request.OfferId, "offer").TryGet(out var offerId, out var problem)) return problem;
        if (!RentForm.Fill(request).TryGet(out var form, out problem)) return problem;
        return (await client.CreateAsync(offerId, form, cancellationToken, maySend)).Then<string>(id => Text(id));
    }

    public async Task<Outcome<IReadOnlyList<Rental>>> ListAsync(CancellationToken cancellationToken) =>
        (await client.ListAsync(cancellationToken)).Then(rows => Outcome<IReadOnlyList<Rental>>.Ok([.. rows.Select(row => RentalReading.Read(row, client.Clean))]));

    public async Task<Outcome<Rental?>> ShowAsync(string rentalId, CancellationToken cancellationToken)
    {
        if (!Id(rentalId, "rental").TryGet(out var id, out var problem)) return problem;
        return (await client.ShowAsync(id, cancellationToken)).Then(row => Outcome<Rental?>.Ok(row is null ? null : RentalReading.Read(row, client.Clean)));
    }

    public Task<Outcome<Done>> StopAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => WithIdAsync(rentalId, id => client.StopAsync(id, cancellationToken, maySend));

    public Task<Outcome<Done>> StartAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => WithIdAsync(rentalId, id => client.StartAsync(id, cancellationToken, maySend));

    public Task<Outcome<Done>> ChangeBidAsync(string rentalId, decimal usdPerHour, CancellationToken cancellationToken, Func<bool>? maySend = null) => RentForm.IsChangedBid(usdPerHour)
        ? WithIdAsync(rentalId, id => client.ChangeBidAsync(id, usdPerHour, cancellationToken, maySend))
        : Task.FromResult<Outcome<Done>>(new Problem("bad-bid", $"The platform takes no bid of {usdPerHour} USD per hour.", "Bid between 0.001 and 32 USD per hour.", ExitCode.BadInput));

    public Task<Outcome<Done>> LabelAsync(string rentalId, string label, CancellationToken cancellationToken) => WithIdAsync(rentalId, id => client.LabelAsync(id, label, cancellationToken));

    public async Task<Outcome<Done>> AttachSshKeyAsync(string rentalId, string publicKey, CancellationToken cancellationToken) =>
        SshPublicKey.Parse(publicKey).TryGet(out var key, out var problem) ? await WithIdAsync(rentalId, id => client.AttachSshKeyAsync(id, key, cancellationToken)) : problem;

    public async Task<Outcome<HostDoor>> HostDoorAsync(string rentalId, CancellationToken cancellationToken)
    {
        if (!Id(rentalId, "rental").TryGet(out var id, out var problem)) return problem;
        // The path matters to the platform only for copies that it makes itself; the door is the same for all of them.
        return (await client.CopyOutAsync(id, HostDoorPath, cancellationToken)).Then<HostDoor>(host => new HostDoor(Text(id), host.Address, host.Port, HostUser));
    }

    public Task<Outcome<Done>> DestroyAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => WithIdAsync(rentalId, id => client.DestroyAsync(id, cancellationToken, maySend));

    public async Task<Outcome<Account>> AccountAsync(CancellationToken cancellationToken)
    {
        if (!(await client.UserAsync(cancellationToken)).TryGet(out var user, out var problem)) return problem;
        // Prepaid money is "credit"; "balance" is the same, or nought beside it, or what is owed once the credit is gone.
        var balance = user.Credit is { } credit && credit != 0 ? credit : user.Balance ?? user.Credit ?? 0;
        var who = client.Clean(user.Username);
        // Some user names are the e-mail address; half of it is enough to know whose key this is.
        if (who.IndexOf('@', StringComparison.Ordinal) is var at and > 0) who = who[..at];
        return new Account(who.Length > 0 ? who : $"user {user.Id}", balance, user.HasBilling, MarketNow) { UserId = user.Id is { } id ? Text(id) : null };
    }

    public async Task<Outcome<AccountCharges>> ChargesAsync(CancellationToken cancellationToken)
    {
        var now = MarketNow;
        return (await client.ChargesAsync(now - ChargesReachBack, now + TimeSpan.FromDays(1), ["instance", "volume"], cancellationToken)).Then<AccountCharges>(rows => ChargesReading.Read(rows));
    }

    public async Task<Outcome<IReadOnlyList<Volume>>> VolumesAsync(CancellationToken cancellationToken) =>
        (await client.VolumesAsync(cancellationToken)).Then(rows => Outcome<IReadOnlyList<Volume>>.Ok([.. rows.Select(row => VolumeReading.Read(row, client.Clean))]));

    public async Task<Outcome<IReadOnlyList<VolumeOffer>>> SearchVolumesAsync(int sizeGb, CancellationToken cancellationToken)
    {
        if (!OfferQuery.Parse($"disk_space>={sizeGb}").TryGet(out var query, out var problem)) return problem;
        if (!(await client.SearchVolumesAsync(query, OfferOrder.CheapestStorage, sizeGb, OffersMax, cancellationToken)).TryGet(out var wire, out problem)) return problem;
        var offers = wire.Select(offer => VolumeReading.ReadOffer(offer, client.Clean)).OfType<VolumeOffer>().ToList();
        return wire.Count > 0 && offers.Count == 0
            ? new Problem("answer-unreadable", $"{Name} sent {wire.Count} offers of volumes and none of them states its machine, space and price.", "Update Lodger.", ExitCode.Unknown, MayRetry: true)
            : offers;
    }

    public async Task<Outcome<Done>> RentVolumeAsync(string offerId, int sizeGb, string label, CancellationToken cancellationToken) =>
        Id(offerId, "offer").TryGet(out var id, out var problem) ? await client.RentVolumeAsync(id, sizeGb, label, cancellationToken) : problem;

    public async Task<Outcome<Done>> DeleteVolumeAsync(string volumeId, CancellationToken cancellationToken) =>
        Id(volumeId, "volume").TryGet(out var id, out var problem) ? await client.DeleteVolumeAsync(id, cancellationToken) : problem;

    public async Task<Outcome<IReadOnlyList<CloudConnection>>> CloudsAsync(CancellationToken cancellationToken) =>
        (await client.CloudsAsync(cancellationToken)).Then(rows => Outcome<IReadOnlyList<CloudConnection>>.Ok(
            [.. rows.Select(row => new CloudConnection(Text(row.Id!.Value), client.Clean(row.Name), client.Clean(row.CloudType)))]));

    public async Task<Outcome<Done>> CopyToCloudAsync(string rentalId, string directory, string connectionId, string path, CancellationToken cancellationToken)
    {
        if (!Id(rentalId, "rental").TryGet(out var id, out var problem) || !Id(connectionId, "connection").TryGet(out var connection, out problem)) return problem;
        return await client.CopyToCloudAsync(id, directory, connection, path, cancellationToken);
    }

    public async Task<Outcome<CloudCopyStatus>> CloudCopyStatusAsync(string rentalId, CancellationToken cancellationToken)
    {
        if (!Id(rentalId, "rental").TryGet(out var id, out var problem)) return problem;
        if (!(await client.ShowAsync(id, cancellationToken)).TryGet(out var row, out problem)) return problem;
        var said = client.Clean(row?.StatusMsg);
        // The platform tells of a copy nowhere but in the status message of its instance.
        var state = !said.Contains("Cop", StringComparison.Ordinal) ? CloudCopyState.NotTold
            : said.Contains("Finished", StringComparison.OrdinalIgnoreCase) ? CloudCopyState.Finished
            : said.Contains("Failed", StringComparison.OrdinalIgnoreCase) || said.Contains("Cancel", StringComparison.OrdinalIgnoreCase) ? CloudCopyState.Failed
            : CloudCopyState.Running;
        return new CloudCopyStatus(state, said);
    }

    public async Task<Outcome<string>> LogAsync(string rentalId, RentalLog log, int tailLines, string? filter, CancellationToken cancellationToken)
    {
        if (!Id(rentalId, "rental").TryGet(out var id, out var problem)) return problem;
        return await client.LogsAsync(id, tailLines, log == RentalLog.Daemon, filter, cancellationToken);
    }

    public async Task<Outcome<Done>> RegisterSshKeyAsync(string publicKey, CancellationToken cancellationToken)
    {
        if (!SshPublicKey.Parse(publicKey).TryGet(out var key, out var problem)) return problem;
        if (!(await client.SshKeysAsync(cancellationToken)).TryGet(out var known, out problem)) return problem;
        return known.Any(other => key.IsSameKey(other.Text)) ? Done.Ok : await client.AddSshKeyAsync(key, cancellationToken);
    }

    /// <summary>A day into the future: charges are kept by the day and clocks differ.</summary>
    private static async Task<Outcome<Done>> WithIdAsync(string rentalId, Func<long, Task<Outcome<Done>>> act) =>
        Id(rentalId, "rental").TryGet(out var id, out var problem) ? await act(id) : problem;

    private static Outcome<long> Id(string text, string what) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? id
            : new Problem($"bad-{what}-id", $"\"{text}\" is no id of a {what}: those are whole numbers.", "", ExitCode.BadInput);

    private static string Text(long id) => id.ToString(CultureInfo.InvariantCulture);
}
