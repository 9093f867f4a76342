namespace Lodger.Marketplace.Sandbox;

/// <summary>A <see cref="DiskProgram"/> in a sandbox of its own.</summary>
internal sealed class CageWork : IDiskWork
{
    private readonly CageProcess _cage;

    private CageWork(CageProcess cage) => _cage = cage;

    public Stream Input => _cage.Input;

    public Stream Output => _cage.Output;

    public Stream Error => _cage.Error;

    public Task<int> Ended => _cage.Exited;

    /// <summary>Starts the chain and tells its script what to do.</summary>
    public static async Task<CageWork> BeginAsync(IReadOnlyList<string> command, byte[] records, CancellationToken cancellationToken)
    {
        var work = new CageWork(await CageProcess.StartAsync(command, cancellationToken));
        try
        {
            await work._cage.SendAsync(records, cancellationToken);
            return work;
        }
        catch
        {
            await work.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _cage.DisposeAsync();
}
