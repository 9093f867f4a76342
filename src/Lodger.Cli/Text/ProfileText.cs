using Lodger.Cli.Terminal;
using Lodger.Domain.Profile;

namespace Lodger.Cli.Text;

/// <summary>A platform's facts, each with where it is documented and the month somebody checked.</summary>
internal static class ProfileText
{
    public static void Write(Screen screen, PlatformProfile profile)
    {
        screen.Line($"[bold]{Shown.Text(profile.Name)}[/]");
        screen.Line($"  The meter ends with  {Shown.Text(profile.MeterStopVerb)}{(profile.MeterStopIrreversible ? ", which cannot be undone." : ".")}");

        Section(screen, "Clocks and meters that cost data or money");
        foreach (var danger in profile.DangerClocks)
            Entry(screen, danger.Id, danger.Text, danger.Source, danger.Verified);

        Section(screen, "Risks");
        foreach (var risk in profile.Risks)
            Entry(screen, risk.Id, risk.Text, risk.Source, risk.Verified);

        Section(screen, "What survives what");
        var tiers = Listing.Of("storage", "where", "stop", "destroy", "host loss", "billing", "checked");
        foreach (var t in profile.Storage)
            tiers.AddRow(Shown.Text(t.Name), Shown.Text(t.Path), Survives(t.SurvivesStop), Survives(t.SurvivesDestroy), Survives(t.SurvivesHostLoss), Shown.Text(t.Billing), Shown.Text(t.Verified));
        screen.Table(tiers);

        Section(screen, "Limits that Lodger keeps to");
        var limits = Listing.Facts();
        limits.AddRow("disk", $"at least {profile.MinDiskGb} GB, and it never grows");
        limits.AddRow("ports", $"at most {profile.MaxPorts}");
        limits.AddRow("boot script", $"at most {profile.OnstartMaxChars} characters");
        limits.AddRow("boot", $"given up after {Figures.Span(profile.BootWindow)}");
        limits.AddRow("own GPU", $"waited for {Figures.Span(profile.SchedulingWindow)}");
        limits.AddRow("preemption", profile.SpotGrace == TimeSpan.Zero ? "no notice" : $"{Figures.Span(profile.SpotGrace)} notice");
        limits.AddRow("listing", $"{profile.ListPageRentals} rentals a call, {Figures.Span(profile.ListSpacing)} between calls");
        limits.AddRow("ssh proxy", $"not for more than {Figures.Bytes(profile.ProxyTransferMaxBytes)}");
        limits.AddRow("contract end", $"data may be gone {Figures.Span(profile.DataKeptAfterContractEnd)} later");
        screen.Table(limits);

        Section(screen, "What the scripts on the machine use");
        var overrides = Listing.Facts();
        var o = profile.Overrides;
        overrides.AddRow("DATA_DIR", Shown.Text(o.DataDir));
        overrides.AddRow("DURABLE_DIR", Shown.Text(o.DurableDir));
        overrides.AddRow("PROXY_HOOK", OrNone(o.ProxyHook));
        overrides.AddRow("CRED_FILE", OrNone(o.CredFile));
        overrides.AddRow("SCRATCH", Shown.Text(string.Join(' ', o.Scratch)));
        overrides.AddRow("HF_HOME", Shown.Text(o.HfHome));
        overrides.AddRow("DETACH", Shown.Text(o.Detach));
        screen.Table(overrides);

        Section(screen, "Everything else");
        foreach (var (key, fact) in profile.Facts.OrderBy(f => f.Key, StringComparer.Ordinal))
            Entry(screen, key, fact.Value, fact.Source, fact.Verified);
    }

    private static void Section(Screen screen, string title)
    {
        screen.Line();
        screen.Line($"[bold]{title}[/]");
    }

    private static void Entry(Screen screen, string id, string text, string source, string verified)
    {
        screen.Hang("  ", $"{id}: {text}");
        screen.Hang("    ", $"{source}, checked {verified}", "dim");
    }

    private static string Survives(bool yes) => yes ? "kept" : "[yellow]LOST[/]";

    private static string OrNone(string value) => value.Length == 0 ? "none" : Shown.Text(value);
}
