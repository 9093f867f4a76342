using System.CommandLine;
using System.Globalization;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Cli.Text;
using Lodger.Domain.Problems;
using Lodger.Domain.Spec;
using Lodger.Server.Api;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger offers</c>: what is for rent now.</summary>
internal static class OffersCommand
{
    private const int ShownMax = 25;
    private const int DiskGbMax = 100_000;

    public static Verb Make(Surroundings around)
    {
        var query = new Argument<string[]>("QUERY") { Description = "In the platform's grammar; words are joined", Arity = ArgumentArity.ZeroOrMore };
        var account = Shared.Account();
        var disk = new Option<string>("--disk") { Description = "Disk to price with", DefaultValueFactory = _ => "40GB", HelpName = "SIZE" };
        var any = new Option<bool>("--any-offer") { Description = "Drop the safety filters (verified, reliability, direct ports)" };
        return new Verb("offers", "List what is for rent now")
        {
            Examples = ["lodger offers 'gpu_name=RTX_4090 num_gpus=1 dph<0.5'", "lodger offers --market local"],
            Exits = [ExitCode.NotAuthorized, ExitCode.NoOffer, ExitCode.Unknown, ExitCode.ServerUnreachable],
        }
        .With(query, account.Market, account.Account, disk, any)
        .Does(async (parse, token) =>
        {
            if (Gigabytes(parse.GetValue(disk)!) is not { } gb)
                return around.Screen.Fail(new Problem("disk-wrong", $"--disk: '{parse.GetValue(disk)}' is not a size from 1GB to {DiskGbMax}GB.", "For example:  --disk 40GB", ExitCode.BadInput));
            if (!account.Choose(parse, around).TryGet(out var name, out var problem))
                return around.Screen.Fail(problem);
            return await around.WithServerAsync(
                async server => (await server.OffersAsync(name, string.Join(' ', parse.GetValue(query) ?? []), gb, parse.GetValue(any), token)).TryGet(out var offers, out var failed)
                    ? Show(around.Screen, offers)
                    : around.Screen.Fail(failed),
                token);
        });
    }

    /// <summary>As a job's disk is written, or a number of GB; null: it is no size, or none that there is.</summary>
    private static int? Gigabytes(string text)
    {
        decimal? gb = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : Quantity.TryParseSize(text, out var bytes) ? Math.Ceiling(bytes / 1_000_000_000m) : null;
        return gb is >= 1 and <= DiskGbMax ? (int)gb : null;
    }

    private static ExitCode Show(Screen screen, OffersView view)
    {
        if (screen.IsJson)
        {
            screen.Json(view, ApiJson.Default.OffersView);
            return ExitCode.Ok;
        }

        if (view.Offers.Count == 0)
            return screen.Fail(view.WhyNone ?? new Problem("no-offer", $"{view.Market} has no offer that fits.", "Ask for less, or drop the safety filters with  --any-offer", ExitCode.NoOffer));
        var table = Listing.Of("offer", "in", "gpu", "GB>", "reliab>", "$/h>", "$/GB/mo>", "up/down $/GB>", "cuda>", "disk GB>");
        foreach (var o in view.Offers.Take(ShownMax))
        {
            table.AddRow(
                Shown.Text(o.Id),
                Shown.Text(PlanText.Place(o.Location)),
                Shown.Text($"{o.GpuCount}x {o.GpuName}"),
                Figures.Number(Math.Floor(o.GpuMemoryMb / 1000d), "0"),
                o.Reliability is { } r ? Figures.Number(r, "0.000") : "?",
                Figures.Number((double)o.GpuUsdPerHour, "0.00#"),
                Figures.Number((double)o.StorageUsdPerGbMonth, "0.00"),
                $"{Figures.Number((double)o.UploadUsdPerGb, "0.000")}/{Figures.Number((double)o.DownloadUsdPerGb, "0.000")}",
                o.CudaMax is { } cuda ? Figures.Number((double)cuda, "0.0") : "?",
                Figures.Number(o.DiskGb, "0"));
        }

        screen.Table(table);
        screen.Hang("  ", $"{Figures.Of(view.Offers.Count, "offer")} on {view.Market}{(view.Offers.Count > ShownMax ? $", the first {ShownMax} shown (--json has all)" : "")}. Prices are without disk and bandwidth: lodger plan adds them up.");
        return ExitCode.Ok;
    }
}
