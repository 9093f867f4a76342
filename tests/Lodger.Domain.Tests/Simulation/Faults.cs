namespace Lodger.Domain.Tests.Simulation;

/// <summary>How often what goes wrong. Probabilities are per opportunity; each history draws its own mix, so that rare mixes are met too.</summary>
internal sealed record Faults
{
    /// <summary>The engine dies between two steps.</summary>
    public double Crash { get; init; }

    public double CreateAnswerLost { get; init; }

    public double CreateRefused { get; init; }

    /// <summary>A rental that exists is neither listed nor found for up to so long after it was made.</summary>
    public TimeSpan Invisible { get; init; }

    public double SecondRentalForOneCreate { get; init; }

    public double ListingUnknown { get; init; }

    public double ListingStale { get; init; }

    public double StatusUnreadable { get; init; }

    public double ShowUnknown { get; init; }

    public double NeverBoots { get; init; }

    public double ExitsAtBoot { get; init; }

    public double CannotStart { get; init; }

    public double Interruptible { get; init; }

    /// <summary>Somebody pays more than a running bid.</summary>
    public double Outbid { get; init; }

    /// <summary>The market does not say what could be rented instead.</summary>
    public double OffersUnknown { get; init; }

    /// <summary>The host's own ssh does not answer.</summary>
    public double HostDoorShut { get; init; }

    public double Unreachable { get; init; }

    public double NoEndpoint { get; init; }

    public double SendBreaks { get; init; }

    public double HostOffline { get; init; }

    public double StoppedElsewhere { get; init; }

    public double StartedElsewhere { get; init; }

    public double DestroyedElsewhere { get; init; }

    public double BoxRestart { get; init; }

    public double PayloadLost { get; init; }

    public double ChecksRefuse { get; init; }

    public double JobFails { get; init; }

    public double JobHangs { get; init; }

    public double EndIgnored { get; init; }

    public double Corrupt { get; init; }

    public double FilesChange { get; init; }

    /// <summary>A stop, start or destroy that never arrives.</summary>
    public double VerbLost { get; init; }

    /// <summary>The platform changes no live bid.</summary>
    public double RaiseRefused { get; init; }

    public double ClockJump { get; init; }

    public double ChargesUnknown { get; init; }

    /// <summary>A person does something, per step.</summary>
    public double Person { get; init; }

    public static Faults None { get; } = new();

    public static Faults Draw(Random random)
    {
        double Some(double most) => random.Next(3) == 0 ? random.NextDouble() * most : 0;
        return new()
        {
            Crash = Some(0.08),
            CreateAnswerLost = Some(0.8),
            CreateRefused = Some(0.3),
            Invisible = random.Next(2) == 0 ? TimeSpan.FromSeconds(random.Next(0, 170)) : TimeSpan.Zero,
            SecondRentalForOneCreate = Some(0.3),
            ListingUnknown = Some(0.6),
            ListingStale = Some(0.5),
            StatusUnreadable = Some(0.2),
            ShowUnknown = Some(0.5),
            NeverBoots = Some(0.4),
            ExitsAtBoot = Some(0.4),
            CannotStart = Some(0.3),
            Interruptible = Some(0.2),
            Outbid = Some(0.08),
            OffersUnknown = Some(0.5),
            HostDoorShut = Some(0.5),
            Unreachable = Some(0.05),
            NoEndpoint = Some(0.2),
            SendBreaks = Some(0.7),
            HostOffline = Some(0.02),
            StoppedElsewhere = Some(0.03),
            StartedElsewhere = Some(0.05),
            DestroyedElsewhere = Some(0.01),
            BoxRestart = Some(0.03),
            PayloadLost = Some(0.03),
            ChecksRefuse = Some(0.5),
            JobFails = Some(0.5),
            JobHangs = Some(0.4),
            EndIgnored = Some(0.5),
            Corrupt = Some(0.6),
            FilesChange = Some(0.2),
            VerbLost = Some(0.4),
            RaiseRefused = random.Next(2),
            ClockJump = Some(0.02),
            ChargesUnknown = Some(0.5),
            Person = Some(0.1),
        };
    }
}
