using Lodger.Cli.Terminal;
using Lodger.Domain.Market;
using Lodger.Domain.Volumes;
using Lodger.Engine.Volumes;

namespace Lodger.Cli.Text;

/// <summary>Volumes as a person reads them: what each costs, who has it, and what is known of what is on it.</summary>
internal static class VolumeText
{
    private const int PlacesShown = 15;

    public static void Write(Screen screen, VolumeList list, TimeProvider time)
    {
        screen.Line($"  [bold]{Shown.Text(list.Market)}[/]  {Figures.Of(list.Volumes.Count, "volume")}");
        if (list.Volumes.Count > 0)
        {
            var table = Listing.Of("id", "name", "GB>", "machine", "now>", "so far>", "used by");
            foreach (var sight in list.Volumes)
            {
                var volume = sight.Volume;
                table.AddRow(
                    Shown.Text(volume.Id), Shown.Text(volume.Label ?? ""), Figures.Number(volume.SizeGb, "0"), Shown.Text(volume.MachineId), Figures.UsdPerHour(volume.UsdPerHour),
                    sight.ChargedUsd is { } usd ? Figures.Usd(usd) : "?", Shown.Text(Users(sight)));
            }

            screen.Table(table);
            var rate = list.Volumes.Sum(v => v.Volume.UsdPerHour);
            screen.Hang("  ", $"They bill {Figures.UsdPerHour(rate)}, {Figures.Usd(rate * 720)} a month, until each is deleted, used or not.");
        }

        foreach (var act in list.Pending)
        {
            screen.Hang("  [yellow]unknown[/]  ", act.Kind == VolumeActKind.RentIntended
                ? $"volume {act.Name} was asked for on {Figures.Moment(act.At, time)} ({act.Detail}), and the platform does not list it"
                : $"the delete of volume {act.VolumeId} was begun on {Figures.Moment(act.At, time)}, and the platform lists it still: lodger volume delete {act.VolumeId}");
        }

        if (list.ChargesProblem is { } problem)
            screen.Hang("  [yellow]unknown[/]  ", $"what was charged: {problem.Message}");
    }

    public static void Write(Screen screen, VolumePlaces view)
    {
        var table = Listing.Of("offer", "machine", "in", "free GB>", "$/GB/mo>", $"{view.SizeGb} GB a month>", "GPU there now");
        foreach (var place in view.Places.Take(PlacesShown))
        {
            var offer = place.Volume;
            table.AddRow(
                Shown.Text(offer.Id), Shown.Text(offer.MachineId), Shown.Text(PlanText.Place(offer.Location)), Figures.Number(offer.FreeGb, "0"), Figures.Number((double)offer.StorageUsdPerGbMonth, "0.00"),
                Figures.Usd(offer.StorageUsdPerGbMonth * view.SizeGb), Shown.Text($"{Figures.Of(place.GpuOffers, "offer")}, {place.Gpu.GpuCount}x {place.Gpu.GpuName} at {Figures.UsdPerHour(place.Gpu.GpuUsdPerHour)}"));
        }

        screen.Table(table);
        screen.Hang("  ", $"{Figures.Of(view.Places.Count, "place")} on {view.Market}{(view.Places.Count > PlacesShown ? $", the first {PlacesShown} shown (--json has all)" : "")}. A volume never leaves its machine and never grows; it bills until it is deleted. Two GPUs on a machine are one to go on with when the other is taken.");
    }

    /// <summary>What must be true before it is deleted, and what the delete does.</summary>
    public static void WriteGate(Screen screen, VolumeSight sight)
    {
        var volume = sight.Volume;
        screen.Line($"  What must be true before volume {Shown.Text(volume.Id)} is deleted");
        foreach (var condition in sight.Gate.Conditions)
            screen.Hang($"    {GateText.Mark(condition.State)}   ", condition.Text);
        screen.Hang("  Deletes for good: ", $"{Described(volume)}, with whatever else lies on it.");
        screen.Hang("  So far ", $"{(sight.ChargedUsd is { } usd ? Figures.Usd(usd) : "unknown")}; it goes on billing {Figures.UsdPerHour(volume.UsdPerHour)} until it is deleted.");
    }

    public static string Described(Volume volume) => $"volume {volume.Id}{(volume.Label is { } name ? $" ({name})" : "")}, {volume.SizeGb:0} GB on machine {volume.MachineId}";

    private static string Users(VolumeSight sight)
    {
        var rentals = sight.Volume.UsedBy switch { null => "the platform does not say", { Count: 0 } => "nothing", { } users => $"rental {string.Join(", ", users)}" };
        var jobs = string.Join(", ", sight.Uses.Select(u => $"{u.Job} ({(!u.IsOver ? "open" : u.Proof is null ? "not proven home" : "home")})"));
        return jobs.Length == 0 ? rentals : $"{rentals}; worked on by {jobs}";
    }
}
