using Lodger.Domain.Box;
using Lodger.Domain.Market;
using Lodger.Domain.Problems;

namespace Lodger.Bench.Month;

/// <summary>The local marketplace as the engine of a month asks it: in turn, and brought up to the month's time before it answers. What a job has cost so far it does not say; the month is paid by the market's own books.</summary>
internal sealed class TurnMarket(IMarket market, Turns turns, StepTime time, Action catchUp) : IMarket
{
    private static readonly Problem NotSaid = new("not-said", "This market does not say that.", "", ExitCode.Unknown, MayRetry: true);

    public string Name => market.Name;

    public DateTimeOffset MarketNow => time.GetUtcNow();

    /// <summary>As many offers as the policy's own month is given, all taken as equally fast.</summary>
    public Task<Outcome<IReadOnlyList<Offer>>> SearchAsync(string query, int diskGb, bool withDefaults, CancellationToken cancellationToken) =>
        InTurn("search", async () => (await market.SearchAsync(query, diskGb, withDefaults, default)).Then(offers => Outcome<IReadOnlyList<Offer>>.Ok([.. offers.Select(o => o with { DlPerf = 0 })])));

    public Task<Outcome<string>> RentAsync(RentRequest request, CancellationToken cancellationToken, Func<bool>? maySend = null) => InTurn($"rent {request.Label}", () => market.RentAsync(request, default, maySend));

    /// <summary>Instances without ports of their own have an address all the same: the machines are played.</summary>
    public Task<Outcome<IReadOnlyList<Rental>>> ListAsync(CancellationToken cancellationToken) => InTurn("list", async () =>
        (await market.ListAsync(default)).Then(rentals => Outcome<IReadOnlyList<Rental>>.Ok([.. rentals.Select(r => r.Status == RentalStatus.Running ? r with { DirectSsh = new Endpoint("127.0.0.1", 22) } : r)])));

    public Task<Outcome<Rental?>> ShowAsync(string rentalId, CancellationToken cancellationToken) => InTurn($"show {rentalId}", () => market.ShowAsync(rentalId, default));

    public Task<Outcome<Done>> StopAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => InTurn($"stop {rentalId}", () => market.StopAsync(rentalId, default, maySend));

    public Task<Outcome<Done>> StartAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => InTurn($"start {rentalId}", () => market.StartAsync(rentalId, default, maySend));

    public Task<Outcome<Done>> LabelAsync(string rentalId, string label, CancellationToken cancellationToken) => InTurn($"label {rentalId}", () => market.LabelAsync(rentalId, label, default));

    public Task<Outcome<Done>> AttachSshKeyAsync(string rentalId, string publicKey, CancellationToken cancellationToken) => InTurn($"key {rentalId}", () => market.AttachSshKeyAsync(rentalId, publicKey, default));

    public Task<Outcome<Done>> ChangeBidAsync(string rentalId, decimal usdPerHour, CancellationToken cancellationToken, Func<bool>? maySend = null) => InTurn($"bid {rentalId}", () => market.ChangeBidAsync(rentalId, usdPerHour, default, maySend));

    public Task<Outcome<HostDoor>> HostDoorAsync(string rentalId, CancellationToken cancellationToken) => InTurn($"door {rentalId}", async () =>
        (await market.ShowAsync(rentalId, default)).Then<HostDoor>(r => r is null or { Status: RentalStatus.Offline } ? NotSaid : new HostDoor(rentalId, "127.0.0.1", 22, "nobody")));

    public Task<Outcome<Done>> DestroyAsync(string rentalId, CancellationToken cancellationToken, Func<bool>? maySend = null) => InTurn($"destroy {rentalId}", () => market.DestroyAsync(rentalId, default, maySend));

    public Task<Outcome<Account>> AccountAsync(CancellationToken cancellationToken) => Task.FromResult<Outcome<Account>>(new Account("month", 1_000_000, true, MarketNow));

    public Task<Outcome<AccountCharges>> ChargesAsync(CancellationToken cancellationToken) => Task.FromResult<Outcome<AccountCharges>>(NotSaid);

    public Task<Outcome<IReadOnlyList<Volume>>> VolumesAsync(CancellationToken cancellationToken) => Task.FromResult<Outcome<IReadOnlyList<Volume>>>(NotSaid);

    public Task<Outcome<IReadOnlyList<VolumeOffer>>> SearchVolumesAsync(int sizeGb, CancellationToken cancellationToken) => Task.FromResult<Outcome<IReadOnlyList<VolumeOffer>>>(NotSaid);

    public Task<Outcome<Done>> RentVolumeAsync(string offerId, int sizeGb, string label, CancellationToken cancellationToken) => Task.FromResult<Outcome<Done>>(NotSaid);

    public Task<Outcome<Done>> DeleteVolumeAsync(string volumeId, CancellationToken cancellationToken) => Task.FromResult<Outcome<Done>>(NotSaid);

    public Task<Outcome<IReadOnlyList<CloudConnection>>> CloudsAsync(CancellationToken cancellationToken) => Task.FromResult<Outcome<IReadOnlyList<CloudConnection>>>(NotSaid);

    public Task<Outcome<Done>> CopyToCloudAsync(string rentalId, string directory, string connectionId, string path, CancellationToken cancellationToken) => Task.FromResult<Outcome<Done>>(NotSaid);

    public Task<Outcome<CloudCopyStatus>> CloudCopyStatusAsync(string rentalId, CancellationToken cancellationToken) => Task.FromResult<Outcome<CloudCopyStatus>>(NotSaid);

    public Task<Outcome<string>> LogAsync(string rentalId, RentalLog log, int tailLines, string? filter, CancellationToken cancellationToken) => Task.FromResult<Outcome<string>>(NotSaid);

    public Task<Outcome<Done>> RegisterSshKeyAsync(string publicKey, CancellationToken cancellationToken) => Task.FromResult(Done.Ok);

    private Task<T> InTurn<T>(string what, Func<Task<T>> answer) => turns.AskAsync(what, () =>
    {
        catchUp();
        return answer().GetAwaiter().GetResult();
    });
}
