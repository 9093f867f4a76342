using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;
using Lodger.Server.Api;
using Lodger.Server.Client;

namespace Lodger.Cli.Commands;

/// <summary>Where a browser signs in.</summary>
/// <param name="Address">With the code, which is good once.</param>
internal sealed record DashboardAddress(string Address, DateTimeOffset Until);

/// <summary><c>lodger dashboard</c>: jobs and money in a browser.</summary>
internal static class DashboardCommand
{
    public static Verb Make(Surroundings around)
    {
        var port = new Option<int?>("--port") { Description = "On this machine (default: the one that is open already, or any that is free)" };
        var stay = new Option<bool>("--no-open") { Description = "Print the address, open no browser" };
        return new Verb("dashboard", "Open the dashboard in a browser: money, jobs, timelines, logs, approvals, live")
        {
            Examples = ["lodger dashboard", "lodger dashboard --no-open --port 8780"],
            Exits = [ExitCode.Prerequisite, ExitCode.ServerUnreachable],
        }
        .With(port, stay)
        .Does((parse, token) =>
        {
            if (parse.GetValue(port) is < 1 or > 65535)
                return Task.FromResult(around.Screen.Fail(new Problem("port-malformed", "A port is a number from 1 to 65535.", "lodger dashboard --port 8780", ExitCode.BadInput)));
            return around.WithServerAsync(server => ShowAsync(around, server, parse.GetValue(port), parse.GetValue(stay), token), token);
        });
    }

    private static async Task<ExitCode> ShowAsync(Surroundings around, ServerClient server, int? port, bool stay, CancellationToken cancellationToken)
    {
        var screen = around.Screen;
        var elsewhere = RemoteServer.Named(around);
        var found = elsewhere is null ? await DoorAsync(server, port, cancellationToken) : port is null ? RemoteServer.Parse(elsewhere) : RemoteServer.OnlyHere("a port is opened where the server runs");
        if (!found.TryGet(out var door, out var problem))
            return screen.Fail(problem);
        if (!(await server.SignInCodeAsync(cancellationToken)).TryGet(out var code, out problem))
            return screen.Fail(problem);
        var address = new Uri(ForBrowsers(door), $"#code={code.Code}").AbsoluteUri;
        if (screen.IsJson)
        {
            screen.Json(new DashboardAddress(address, code.Until), CliJson.Default.DashboardAddress);
            return ExitCode.Ok;
        }

        screen.Line($"  {Shown.Text(address)}");
        screen.Hang("  ", $"Signs one browser in as you, once, until {Figures.Moment(code.Until, around.Time)}; who has the address can do what you may.{(elsewhere is null ? $" From another machine, first:  ssh -L {door.Port}:127.0.0.1:{door.Port} THIS-MACHINE" : "")}");
        if (!stay && around.Places().TryGet(out var places, out _) && Environment.GetEnvironmentVariable("DISPLAY") is { Length: > 0 } && !Console.IsOutputRedirected)
            Open(places, address);
        return ExitCode.Ok;
    }

    /// <summary>An address of this machine under the name that this server alone has there: cookies go to every port of a host.</summary>
    private static Uri ForBrowsers(Uri door) => door.Scheme == Uri.UriSchemeHttp && door.IsLoopback ? new UriBuilder(door) { Host = DoorView.PlainHost }.Uri : door;

    /// <summary>On this machine alone: one that is open, or a new one.</summary>
    private static async Task<Outcome<Uri>> DoorAsync(ServerClient server, int? port, CancellationToken cancellationToken)
    {
        if (!(await server.DoorsAsync(cancellationToken)).TryGet(out var doors, out var problem))
            return problem;
        var open = doors.Where(d => !d.BehindProxy).Select(d => d.Address).OfType<Uri>().Where(a => a.Scheme == Uri.UriSchemeHttp && a.IsLoopback);
        if (open.FirstOrDefault(a => port is null || a.Port == port) is { } there)
            return there;
        if (!(await server.OpenDoorAsync(new DoorRequest(new IPEndPoint(IPAddress.Loopback, port ?? 0).ToString()), cancellationToken)).TryGet(out var door, out problem))
            return problem;
        return door.Address is { } address ? address : door.Problem!;
    }

    /// <summary>The address is on the screen in any case. The browser is given a file that only its user can read and that leads there: arguments are for everybody to see.</summary>
    private static void Open(Places places, string address)
    {
        var page = Path.Combine(places.State, "dashboard.html");
        try
        {
            File.Delete(page);
            using (var file = new StreamWriter(page, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                file.Write($"<!doctype html><title>Lodger</title><meta http-equiv=\"refresh\" content=\"0; url={address}\">");
            using var opener = Process.Start(new ProcessStartInfo("xdg-open", [page]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });
        }
        catch (Exception e) when (e is Win32Exception or IOException or UnauthorizedAccessException)
        {
            // No desktop.
        }
    }
}
