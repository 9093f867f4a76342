using Lodger.Domain.Box;
using Lodger.Domain.Problems;

namespace Lodger.Domain.Market;

/// <summary>What to rent. Everything in it is stored by the platform and shown by its every answer, so nothing secret but <see cref="Secrets"/>.</summary>
public sealed record RentRequest
{
    public required string OfferId { get; init; }

    /// <summary>Bid for the whole machine, USD per hour: makes the rental interruptible. Null: on-demand.</summary>
    public decimal? BidUsdPerHour { get; init; }

    public required string Image { get; init; }

    public required int DiskGb { get; init; }

    /// <summary><c>lodger/&lt;job&gt;/&lt;attempt&gt;</c>: how a lost answer is found again.</summary>
    public required string Label { get; init; }

    /// <summary>Boot script, at most the profile's limit in characters; stored by the platform, so never a secret in it.</summary>
    public required string Onstart { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Sent as environment at create and nowhere else; values never reach a log, a journal or an error.</summary>
    public IReadOnlyDictionary<string, string> Secrets { get; init; } = new Dictionary<string, string>();

    /// <summary>Internal TCP or UDP ports to open, for example <c>8081/tcp</c>.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>A volume to attach; it must lie on the offer's machine. Null: none.</summary>
    public AttachedVolume? Volume { get; init; }

    /// <summary>Registry login in the platform's form (<c>-u USER -p PASSWORD SERVER</c>); secret. Null for public images.</summary>
    public string? RegistryLogin { get; init; }
}

/// <summary>The account as the platform says it is now.</summary>
/// <param name="Name">Who the key belongs to, for people.</param>
/// <param name="BalanceUsd">Prepaid money left.</param>
/// <param name="CardOnFile">Whether the platform can charge a card when the balance is gone; null when it does not say.</param>
/// <param name="MarketTime">The platform's clock.</param>
public sealed record Account(string Name, decimal BalanceUsd, bool? CardOnFile, DateTimeOffset MarketTime)
{
    /// <summary>The platform's id of whom the key belongs to; null when it does not say.</summary>
    public string? UserId { get; init; }
}

/// <summary>What the platform charged for one rental so far.</summary>
public sealed record Charges(string RentalId, decimal GpuUsd, decimal DiskUsd, decimal UploadUsd, decimal DownloadUsd)
{
    public decimal TotalUsd => GpuUsd + DiskUsd + UploadUsd + DownloadUsd;
}

/// <summary>Everything that the platform charged an account for.</summary>
/// <param name="Rentals">By rental's id, those that are gone included.</param>
/// <param name="VolumesUsd">By volume's id, those that are deleted included.</param>
public sealed record AccountCharges(IReadOnlyDictionary<string, Charges> Rentals, IReadOnlyDictionary<string, decimal> VolumesUsd);

/// <summary>Which log to fetch from outside the box.</summary>
public enum RentalLog
{
    /// <summary>What the container wrote.</summary>
    Container,

    /// <summary>What the host's daemon did: image pull, start, mounts.</summary>
    Daemon,
}

/// <summary>
/// A marketplace for one account. Implemented by an adapter; nothing above it knows which platform it is.
/// What cannot be observed comes back as a <see cref="Problem"/> (unknown), never as an empty list or a null.
/// </summary>
public interface IMarket
{
    /// <summary>For people, on everything that speaks of money: <c>local marketplace</c>, <c>vast.ai (account anna)</c>.</summary>
    string Name { get; }

    /// <summary>The platform's idea of now, for money, contracts and policy. Timeouts and polls are wall time.</summary>
    DateTimeOffset MarketNow { get; }

    /// <summary>Market seconds that pass in one of ours: 1 on every real platform; a local market may be rehearsed faster or slower.</summary>
    double MarketSpeed => 1;

    /// <param name="query">The platform's own query grammar, already merged with the job's needs; errors name the position.</param>
    /// <param name="diskGb">Disk to price the offers with.</param>
    /// <param name="withDefaults">False drops the safety filters (verified, rentable, direct ports, reliability).</param>
    Task<Outcome<IReadOnlyList<Offer>>> SearchAsync(string query, int diskGb, bool withDefaults, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a rental and returns its id. Not retried: after an unclear failure (<see cref="Problem.MayRetry"/>) look for the label.
    /// A bid that is too low can make a rental all the same, one that is stopped and bills its disk: look at what was really rented.
    /// </summary>
    /// <param name="maySend">As for <see cref="DestroyAsync"/>.</param>
    Task<Outcome<string>> RentAsync(RentRequest request, CancellationToken cancellationToken, Func<bool>? maySend = null);

    /// <summary>Every rental of the account, all pages.</summary>
    Task<Outcome<IReadOnlyList<Rental>>> ListAsync(CancellationToken cancellationToken);

    /// <summary>One rental; null only when the platform says that it does not exist.</summary>
    Task<Outcome<Rental?>> ShowAsync(string rentalId, CancellationToken cancellationToken);

    /// <param name="maySend">As for <see cref="DestroyAsync"/>.</param>
    Task<Outcome<Done>> StopAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null);

    /// <param name="maySend">As for <see cref="DestroyAsync"/>.</param>
    Task<Outcome<Done>> StartAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null);

    /// <summary>Names a rental that was made elsewhere. Repeatable.</summary>
    Task<Outcome<Done>> LabelAsync(string rentalId, string label, CancellationToken cancellationToken);

    /// <summary>Lets a public key into a rental that is there already; arrives a moment later. Repeatable.</summary>
    Task<Outcome<Done>> AttachSshKeyAsync(string rentalId, string publicKey, CancellationToken cancellationToken);

    /// <summary>Sets the bid of an interruptible rental.</summary>
    /// <param name="usdPerHour">For the whole machine, at least 0.001 and at most 32.</param>
    /// <param name="maySend">As for <see cref="DestroyAsync"/>.</param>
    Task<Outcome<Done>> ChangeBidAsync(string rentalId, decimal usdPerHour, CancellationToken cancellationToken, Func<bool>? maySend = null);

    /// <summary>The way to the rental's disk through its host, which is open while the rental is stopped, too. Asked for anew each time.</summary>
    Task<Outcome<HostDoor>> HostDoorAsync(string rentalId, CancellationToken cancellationToken);

    /// <summary>Irreversible. Ok also when the rental was gone already. Not final: poll <see cref="ShowAsync"/> until null.</summary>
    /// <param name="maySend">Asked each time just before it is sent: calls wait for their turn, and what they rest on may have changed meanwhile. False: it is not sent, which is a problem. Null: it always may.</param>
    Task<Outcome<Done>> DestroyAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null);

    Task<Outcome<Account>> AccountAsync(CancellationToken cancellationToken);

    /// <summary>All that was charged so far, for every rental and volume. The platform answers for all or for none: ask once for all jobs.</summary>
    Task<Outcome<AccountCharges>> ChargesAsync(CancellationToken cancellationToken);

    /// <summary>Every volume of the account.</summary>
    Task<Outcome<IReadOnlyList<Volume>>> VolumesAsync(CancellationToken cancellationToken);

    /// <summary>Machines with space for a volume of that size, cheapest first.</summary>
    Task<Outcome<IReadOnlyList<VolumeOffer>>> SearchVolumesAsync(int sizeGb, CancellationToken cancellationToken);

    /// <summary>
    /// Makes a volume, which bills from now on until it is deleted. Not retried: after an unclear failure (<see cref="Problem.MayRetry"/>) look for its label in
    /// <see cref="VolumesAsync"/>, as after a success for its id.
    /// </summary>
    /// <param name="label">By which it is found again: no volume of the account has it yet.</param>
    Task<Outcome<Done>> RentVolumeAsync(string offerId, int sizeGb, string label, CancellationToken cancellationToken);

    /// <summary>Irreversible. Ok also when it was gone already. Refused by the platform while any rental, even a stopped one, has it.</summary>
    Task<Outcome<Done>> DeleteVolumeAsync(string volumeId, CancellationToken cancellationToken);

    /// <summary>Clouds that the platform's hosts can copy to for this account.</summary>
    Task<Outcome<IReadOnlyList<CloudConnection>>> CloudsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Has a rental's host copy a directory to a cloud; works on a stopped rental, too, and bills the bytes. The credentials of the connection pass through the host. Ok means that it was begun:
    /// <see cref="CloudCopyStatusAsync"/> tells how it stands, late, and only what is read back tells what arrived.
    /// </summary>
    Task<Outcome<Done>> CopyToCloudAsync(string rentalId, string directory, string connectionId, string path, CancellationToken cancellationToken);

    Task<Outcome<CloudCopyStatus>> CloudCopyStatusAsync(string rentalId, CancellationToken cancellationToken);

    /// <summary>Bounded: waits for the result to become readable, a minute at most. The container's and the daemon's log are two requests.</summary>
    /// <param name="filter">Only lines with it; null: all.</param>
    Task<Outcome<string>> LogAsync(string rentalId, RentalLog log, int tailLines, string? filter, CancellationToken cancellationToken);

    /// <summary>Registers a public key with the account when it is not there yet. Reaches only rentals made afterwards.</summary>
    Task<Outcome<Done>> RegisterSshKeyAsync(string publicKey, CancellationToken cancellationToken);
}
