using System.Collections.Concurrent;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;
using Lodger.Tests.Shared;

namespace Lodger.Server.Tests.Stage;

/// <summary>A market with one offer that boots nothing: what is rented stays provisioning until it is destroyed.</summary>
internal sealed class StubMarket : IMarket
{
    private static readonly Problem NotSent = new("not-sent", "Its turn came too late.", "", ExitCode.Unknown, MayRetry: true);

    private readonly ConcurrentDictionary<string, Rental> rentals = new(StringComparer.Ordinal);
    private int looks;
    private int ids;
    private int rents;
    private int chargesAsked;
    private readonly ConcurrentDictionary<string, bool> had = new(StringComparer.Ordinal);
    private int late;

    public static Offer Offer { get; } = SampleOffer.OnDemand with { Id = "5" };

    /// <summary>Of the last search for offers.</summary>
    public string LastQuery { get; private set; } = "";

    public decimal BalanceUsd { get; set; } = 10;

    /// <summary>Whose key it is asked with. What one user rented is shown to no other.</summary>
    public string UserId { get; set; } = "7001";

    private readonly ConcurrentDictionary<string, string> owners = new(StringComparer.Ordinal);

    private bool IsShown(string rentalId) => owners.GetValueOrDefault(rentalId, UserId) == UserId;

    /// <summary>Of what is rented from now on.</summary>
    public DateTimeOffset? ContractEnd { get; set; }

    public string Name => "stub market";

    public DateTimeOffset MarketNow => DateTimeOffset.UtcNow;

    public Task<Outcome<IReadOnlyList<Offer>>> SearchAsync(string query, int diskGb, bool withDefaults, CancellationToken cancellationToken) =>
        Task.FromResult((LastQuery = query) == "throw" ? throw new InvalidOperationException("secret-in-an-exception") : Outcome<IReadOnlyList<Offer>>.Ok(Found?.Invoke(query) ?? [Offer, .. Others.Where(o => !had.ContainsKey(o.Id))]));

    /// <summary>What a query finds; null: everything, whatever it asks for.</summary>
    public Func<string, IReadOnlyList<Offer>>? Found { get; set; }

    /// <summary>Offers besides, each of which can be had once.</summary>
    public IReadOnlyList<Offer> Others { get; set; } = [];

    /// <summary>Which of them were had.</summary>
    public IEnumerable<string> Had => had.Keys;

    /// <summary>How often one was asked for that was gone.</summary>
    public int Late => Volatile.Read(ref late);

    public Task<Outcome<string>> RentAsync(RentRequest request, CancellationToken cancellationToken, Func<bool>? maySend = null)
    {
        if (maySend?.Invoke() == false)
            return Task.FromResult<Outcome<string>>(NotSent);
        var other = Others.FirstOrDefault(o => o.Id == request.OfferId);
        if (other is not null && !had.TryAdd(other.Id, true))
        {
            Interlocked.Increment(ref late);
            return Task.FromResult<Outcome<string>>(new Problem("no-such-offer", "It is gone.", "", ExitCode.NoOffer));
        }

        var id = $"{Interlocked.Increment(ref ids) + 99}"; // none twice, whatever was destroyed
        owners[id] = UserId;
        rentals[id] = new Rental
        {
            Id = id,
            Label = request.Label,
            Status = RentalStatus.Provisioning,
            Evidence = "stub",
            MachineId = other?.MachineId ?? "m1",
            GpuName = "RTX 4090",
            GpuCount = 1,
            GpuMemoryMb = 24_564,
            GpuUsdPerHour = 0.4m,
            DiskUsdPerHour = 0.01m,
            UploadUsdPerGb = 0.01m,
            DownloadUsdPerGb = 0.01m,
            ContractEnd = ContractEnd,
            Interruptible = request.BidUsdPerHour is not null,
            BidUsdPerHour = request.BidUsdPerHour,
        };
        Interlocked.Increment(ref rents);
        return Task.FromResult<Outcome<string>>(id);
    }

    public async Task<Outcome<IReadOnlyList<Rental>>> ListAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Rental> listed = [.. rentals.Values.Where(r => IsShown(r.Id)).Select(Listed)];
        Interlocked.Increment(ref looks);
        await ListAnswer.WaitAsync(cancellationToken);
        return Outcome<IReadOnlyList<Rental>>.Ok(listed);
    }

    /// <summary>What a list waits for; it says what was so when it was asked for.</summary>
    public Task ListAnswer { get; set; } = Task.CompletedTask;

    /// <summary>What the list makes of a rental, where that is not what the platform says of it when it is asked for it alone.</summary>
    public Func<Rental, Rental> Listed { get; set; } = static rental => rental;

    /// <summary>How often something was rented.</summary>
    public int Rents => Volatile.Read(ref rents);

    /// <summary>How often all rentals were listed.</summary>
    public int Looks => Volatile.Read(ref looks);

    /// <summary>Changes every rental.</summary>
    public void Become(RentalStatus status)
    {
        foreach (var (id, rental) in rentals)
            rentals[id] = rental with { Status = status };
    }

    public Task<Outcome<Rental?>> ShowAsync(string rentalId, CancellationToken cancellationToken) =>
        Task.FromResult(ShowRefusal is { } no ? no : Outcome<Rental?>.Ok(IsShown(rentalId) ? rentals.GetValueOrDefault(rentalId) : null));

    /// <summary>One rental is not shown, for this reason.</summary>
    public Problem? ShowRefusal { get; set; }

    /// <summary>No label is taken, for this reason.</summary>
    public Problem? LabelRefusal { get; set; }

    /// <summary>Before and after a label is put on a rental, with that label.</summary>
    public Action<string> BeforeLabel { get; set; } = _ => { };

    public Action<string> AfterLabel { get; set; } = _ => { };

    /// <summary>What a destroy waits for.</summary>
    public Task DestroyAnswer { get; set; } = Task.CompletedTask;

    public void Remove(string id) => rentals.TryRemove(id, out _);

    public Task<Outcome<Done>> StopAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => Task.FromResult(Done.Ok);

    public Task<Outcome<Done>> StartAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => Task.FromResult(Done.Ok);

    public Task<Outcome<Done>> LabelAsync(string rentalId, string label, CancellationToken cancellationToken)
    {
        if (LabelRefusal is { } no)
            return Task.FromResult<Outcome<Done>>(no);
        BeforeLabel(label);
        rentals[rentalId] = rentals[rentalId] with { Label = label };
        AfterLabel(label);
        return Task.FromResult(Done.Ok);
    }

    public Task<Outcome<Done>> AttachSshKeyAsync(string rentalId, string publicKey, CancellationToken cancellationToken)
    {
        KeysLetIn.Enqueue(rentalId);
        return Task.FromResult(Done.Ok);
    }

    /// <summary>Rentals that our key was let into.</summary>
    public ConcurrentQueue<string> KeysLetIn { get; } = new();

    /// <summary>A rental that somebody made by hand, or what became of it.</summary>
    public Rental this[string id]
    {
        get => rentals[id];
        set => rentals[id] = value;
    }

    public bool Has(string id) => rentals.ContainsKey(id);

    public Task<Outcome<Done>> ChangeBidAsync(string rentalId, decimal usdPerHour, CancellationToken cancellationToken, Func<bool>? maySend = null) => Task.FromResult(Done.Ok);

    public Task<Outcome<HostDoor>> HostDoorAsync(string rentalId, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<HostDoor>>(new HostDoor(rentalId, "127.0.0.1", 1, "nobody"));

    public async Task<Outcome<Done>> DestroyAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null)
    {
        await DestroyAnswer.WaitAsync(cancellationToken);
        if (maySend?.Invoke() == false)
            return NotSent;
        rentals.TryRemove(rentalId, out _);
        return Done.Ok;
    }

    /// <summary>A defect, where the account is asked for.</summary>
    public bool IsBroken { get; set; }

    public Task<Outcome<Account>> AccountAsync(CancellationToken cancellationToken) =>
        IsBroken ? throw new InvalidOperationException("secret-in-an-exception") : Task.FromResult<Outcome<Account>>(new Account($"user{UserId}", BalanceUsd, null, MarketNow) { UserId = UserId });

    /// <summary>What every question for charges waits for.</summary>
    public Task ChargesAnswer { get; set; } = Task.CompletedTask;

    /// <summary>How often charges were asked for.</summary>
    public int ChargesAsked => Volatile.Read(ref chargesAsked);

    public async Task<Outcome<AccountCharges>> ChargesAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref chargesAsked);
        await ChargesAnswer.WaitAsync(cancellationToken);
        return new AccountCharges(rentals.Keys.ToDictionary(id => id, id => new Charges(id, 0.01m, 0, 0, 0)), new Dictionary<string, decimal>());
    }

    public IReadOnlyList<Volume> Volumes { get; set; } = [];

    public Task<Outcome<IReadOnlyList<Volume>>> VolumesAsync(CancellationToken cancellationToken) => Task.FromResult(Outcome<IReadOnlyList<Volume>>.Ok(Volumes));

    public Task<Outcome<IReadOnlyList<VolumeOffer>>> SearchVolumesAsync(int sizeGb, CancellationToken cancellationToken) =>
        Task.FromResult(Outcome<IReadOnlyList<VolumeOffer>>.Ok([new VolumeOffer { Id = "900", MachineId = "m1", FreeGb = 500, StorageUsdPerGbMonth = 0.15m, Verified = true }]));

    public Task<Outcome<Done>> RentVolumeAsync(string offerId, int sizeGb, string label, CancellationToken cancellationToken)
    {
        Volumes = [.. Volumes, new Volume { Id = (80 + Volumes.Count).ToString(System.Globalization.CultureInfo.InvariantCulture), Label = VolumesHaveNoNames ? null : label, MachineId = "m1", SizeGb = sizeGb, UsdPerHour = 0.15m * sizeGb / 720, MadeAt = MarketNow, UsedBy = [] }];
        return Task.FromResult(VolumeAnswersAreLost ? new Problem("volume-unclear", "The answer got lost.", "", ExitCode.Unknown, MayRetry: true) : Done.Ok);
    }

    /// <summary>As the API description has it.</summary>
    public bool VolumesHaveNoNames { get; set; }

    /// <summary>Volumes are made, and nobody hears of it.</summary>
    public bool VolumeAnswersAreLost { get; set; }

    public Task<Outcome<Done>> DeleteVolumeAsync(string volumeId, CancellationToken cancellationToken)
    {
        Volumes = [.. Volumes.Where(v => v.Id != volumeId)];
        return Task.FromResult(Done.Ok);
    }

    public Task<Outcome<IReadOnlyList<CloudConnection>>> CloudsAsync(CancellationToken cancellationToken) => Task.FromResult(Outcome<IReadOnlyList<CloudConnection>>.Ok([]));

    public Task<Outcome<Done>> CopyToCloudAsync(string rentalId, string directory, string connectionId, string path, CancellationToken cancellationToken) => Task.FromResult(Done.Ok);

    public Task<Outcome<CloudCopyStatus>> CloudCopyStatusAsync(string rentalId, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<CloudCopyStatus>>(new CloudCopyStatus(CloudCopyState.Finished, ""));

    public Task<Outcome<string>> LogAsync(string rentalId, RentalLog log, int tailLines, string? filter, CancellationToken cancellationToken) =>
        Task.FromResult<Outcome<string>>($"{log} {tailLines}{filter}");

    public Task<Outcome<Done>> RegisterSshKeyAsync(string publicKey, CancellationToken cancellationToken) => Task.FromResult(Done.Ok);
}
