namespace Lodger.Cli.Jobs;

/// <summary>What <c>adopt</c> was asked to do.</summary>
internal sealed record AdoptWish
{
    public required string Account { get; init; }

    public required string RentalId { get; init; }

    /// <summary>Absolute, on the machine.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Null: from the rental's id.</summary>
    public string? Name { get; init; }

    /// <summary>As typed; null: below the current directory, by the job's name.</summary>
    public string? Into { get; init; }

    public bool Yes { get; init; }

    /// <summary>Also through the slow proxy, however much it is.</summary>
    public bool OverProxy { get; init; }

    public bool Detach { get; init; }

    public string JobName => Name ?? $"rental-{RentalId}";

    /// <summary>Absolute: where the files go on this machine.</summary>
    public string ResultsIn(string currentDirectory) => Path.GetFullPath(Into ?? Path.Combine("results", JobName), currentDirectory);
}
