using System.Collections.Concurrent;
using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Bench.Engine;

/// <summary>Calls to the platform so far. A listing costs one a page of 25 rentals, and at least one.</summary>
internal readonly record struct CallCount(long Pages, long Shows, long Charges, long Other)
{
    public long All => Pages + Shows + Charges + Other;

    public static CallCount operator -(CallCount a, CallCount b) => new(a.Pages - b.Pages, a.Shows - b.Shows, a.Charges - b.Charges, a.Other - b.Other);
}

/// <summary>A market that answers at once and boots at once.</summary>
internal sealed class CountingMarket : IMarket
{
    private const int PageSize = 25;

    private static readonly Problem NotSent = new("not-sent", "Its turn came too late.", "", ExitCode.Unknown, MayRetry: true);

    private readonly ConcurrentDictionary<string, Rental> rentals = new(StringComparer.Ordinal);
    private long pages;
    private long shows;
    private long charges;
    private long other;
    private int made;

    public static IReadOnlyList<Offer> Offers { get; } = [.. Enumerable.Range(1, 3).Select(i => new Offer
    {
        Id = $"offer{i}",
        MachineId = $"m{i}",
        HostId = $"h{i}",
        GpuName = "RTX 4090",
        GpuCount = 1,
        GpuMemoryMb = 24_564,
        GpuUsdPerHour = 0.4m,
        MinBidUsdPerHour = i == 1 ? 0.3m : 0.08m,
        StorageUsdPerGbMonth = 0.2m,
        UploadUsdPerGb = 0.01m,
        DownloadUsdPerGb = 0.01m,
        DiskGb = 100,
        DownloadMbps = 1000,
        UploadMbps = 500,
    })];

    public CallCount Calls => new(Interlocked.Read(ref pages), Interlocked.Read(ref shows), Interlocked.Read(ref charges), Interlocked.Read(ref other));

    public string Name => "bench";

    public DateTimeOffset MarketNow => DateTimeOffset.UtcNow;

    /// <summary>Told what happens, as a webhook would be, at once; null: nobody is.</summary>
    public Action<string>? Push { get; set; }

    /// <summary>When a listing first showed each preempted rental as such.</summary>
    public ConcurrentDictionary<string, DateTimeOffset> ShownPreemptedAt { get; } = new(StringComparer.Ordinal);

    public void Preempt(string id)
    {
        rentals[id] = rentals[id] with { Status = RentalStatus.Preempted, Evidence = "outbid" };
        Push?.Invoke("outbid");
    }

    public Task<Outcome<IReadOnlyList<Offer>>> SearchAsync(string query, int diskGb, bool withDefaults, CancellationToken cancellationToken) => Other(Outcome<IReadOnlyList<Offer>>.Ok(Offers));

    public Task<Outcome<string>> RentAsync(RentRequest request, CancellationToken cancellationToken, Func<bool>? maySend = null)
    {
        if (maySend?.Invoke() == false)
            return Task.FromResult<Outcome<string>>(NotSent);
        var id = $"r{Interlocked.Increment(ref made)}";
        rentals[id] = new Rental
        {
            Id = id,
            Label = request.Label,
            Status = RentalStatus.Running,
            Evidence = "running",
            MachineId = "m1",
            GpuName = "RTX 4090",
            GpuCount = 1,
            GpuMemoryMb = 24_564,
            Interruptible = request.BidUsdPerHour is not null,
            BidUsdPerHour = request.BidUsdPerHour,
            GpuUsdPerHour = request.BidUsdPerHour ?? 0.4m,
            DiskUsdPerHour = 0.01m,
            UploadUsdPerGb = 0.01m,
            DownloadUsdPerGb = 0.01m,
            DirectSsh = new Endpoint("127.0.0.1", 22),
            StartedAt = DateTimeOffset.UtcNow,
        };
        Push?.Invoke("instance_started");
        return Other<Outcome<string>>(id);
    }

    public Task<Outcome<IReadOnlyList<Rental>>> ListAsync(CancellationToken cancellationToken)
    {
        Rental[] all = [.. rentals.Values];
        Interlocked.Add(ref pages, Math.Max(1, (all.Length + PageSize - 1) / PageSize));
        foreach (var rental in all.Where(r => r.Status == RentalStatus.Preempted))
            ShownPreemptedAt.TryAdd(rental.Id, DateTimeOffset.UtcNow);
        return Task.FromResult(Outcome<IReadOnlyList<Rental>>.Ok(all));
    }

    public Task<Outcome<Rental?>> ShowAsync(string rentalId, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref shows);
        return Task.FromResult(Outcome<Rental?>.Ok(rentals.GetValueOrDefault(rentalId)));
    }

    public Task<Outcome<Done>> StopAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null)
    {
        if (rentals.TryGetValue(rentalId, out var rental))
            rentals[rentalId] = rental with { Status = RentalStatus.Stopped };
        Push?.Invoke("instance_stopped");
        return Other<Outcome<Done>>(Done.Ok);
    }

    public Task<Outcome<Done>> StartAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => Other<Outcome<Done>>(Done.Ok);

    public Task<Outcome<Done>> LabelAsync(string rentalId, string label, CancellationToken cancellationToken) => Other<Outcome<Done>>(Done.Ok);

    public Task<Outcome<Done>> AttachSshKeyAsync(string rentalId, string publicKey, CancellationToken cancellationToken) => Other<Outcome<Done>>(Done.Ok);

    public Task<Outcome<Done>> ChangeBidAsync(string rentalId, decimal usdPerHour, CancellationToken cancellationToken, Func<bool>? maySend = null) => Other<Outcome<Done>>(Done.Ok);

    public Task<Outcome<HostDoor>> HostDoorAsync(string rentalId, CancellationToken cancellationToken) =>
        Other<Outcome<HostDoor>>(new HostDoor(rentalId, "127.0.0.1", 1, "nobody"));

    public Task<Outcome<Done>> DestroyAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null)
    {
        if (maySend?.Invoke() == false)
            return Task.FromResult<Outcome<Done>>(NotSent);
        rentals.TryRemove(rentalId, out _);
        return Other<Outcome<Done>>(Done.Ok);
    }

    public Task<Outcome<Account>> AccountAsync(CancellationToken cancellationToken) => Other<Outcome<Account>>(new Account("bench", 1000, true, MarketNow));

    public Task<Outcome<AccountCharges>> ChargesAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref charges);
        return Task.FromResult<Outcome<AccountCharges>>(
            new AccountCharges(rentals.Keys.ToDictionary(id => id, id => new Charges(id, 0.1m, 0.01m, 0, 0), StringComparer.Ordinal), new Dictionary<string, decimal>()));
    }

    public Task<Outcome<IReadOnlyList<Volume>>> VolumesAsync(CancellationToken cancellationToken) => Other(Outcome<IReadOnlyList<Volume>>.Ok([]));

    public Task<Outcome<IReadOnlyList<VolumeOffer>>> SearchVolumesAsync(int sizeGb, CancellationToken cancellationToken) => Other(Outcome<IReadOnlyList<VolumeOffer>>.Ok([]));

    public Task<Outcome<Done>> RentVolumeAsync(string offerId, int sizeGb, string label, CancellationToken cancellationToken) => Other<Outcome<Done>>(Done.Ok);

    public Task<Outcome<Done>> DeleteVolumeAsync(string volumeId, CancellationToken cancellationToken) => Other<Outcome<Done>>(Done.Ok);

    public Task<Outcome<IReadOnlyList<CloudConnection>>> CloudsAsync(CancellationToken cancellationToken) => Other(Outcome<IReadOnlyList<CloudConnection>>.Ok([]));

    public Task<Outcome<Done>> CopyToCloudAsync(string rentalId, string directory, string connectionId, string path, CancellationToken cancellationToken) => Other<Outcome<Done>>(Done.Ok);

    public Task<Outcome<CloudCopyStatus>> CloudCopyStatusAsync(string rentalId, CancellationToken cancellationToken) =>
        Other<Outcome<CloudCopyStatus>>(new CloudCopyStatus(CloudCopyState.Finished, ""));

    public Task<Outcome<string>> LogAsync(string rentalId, RentalLog log, int tailLines, string? filter, CancellationToken cancellationToken) => Other<Outcome<string>>("");

    public Task<Outcome<Done>> RegisterSshKeyAsync(string publicKey, CancellationToken cancellationToken) => Other<Outcome<Done>>(Done.Ok);

    private Task<T> Other<T>(T answer)
    {
        Interlocked.Increment(ref other);
        return Task.FromResult(answer);
    }
}
