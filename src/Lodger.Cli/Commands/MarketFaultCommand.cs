using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Cli.Terminal;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Commands;

/// <summary><c>lodger market fault</c>: makes something go wrong in the running marketplace.</summary>
internal static class MarketFaultCommand
{
    public static Verb Make(Surroundings around)
    {
        var name = new Argument<string?>("FAULT") { Description = "What is to go wrong", Arity = ArgumentArity.ZeroOrOne };
        var rest = new Argument<string[]>("TARGET") { Description = "The id or endpoint it is aimed at, then fields as NAME=VALUE", Arity = ArgumentArity.ZeroOrMore };
        var list = new Option<bool>("--list") { Description = "All faults, with their fields and defaults" };
        return new Verb("fault", "Make something go wrong, on purpose")
        {
            Examples = ["lodger market fault --list", "lodger market fault outbid 41000101 seconds=3600", "lodger market fault errors list status=503 count=3"],
            Exits = [ExitCode.NotFound, ExitCode.ServerUnreachable, ExitCode.Unknown],
        }
        .With(name, rest, list)
        .Does(async (parse, token) =>
        {
            if (parse.GetValue(list))
                return List(around.Screen);
            var words = parse.GetValue(rest) ?? [];
            if (!Read(parse.GetValue(name), words).TryGet(out var order, out var misread))
                return around.Screen.Fail(misread);
            if (!MarketCommand.Door(around).TryGet(out var door, out var closed))
                return around.Screen.Fail(closed);
            var answer = await MarketControl.CallAsync(door, HttpMethod.Post, order.Path, order.Body, "What runs there:  lodger market status   what can be done to it:  lodger market fault --list", token);
            if (!answer.TryGet(out var said, out var refused))
                return around.Screen.Fail(refused);
            if (around.Screen.IsJson)
                around.Screen.OutWriter.WriteLine(said.ToJsonString());
            around.Screen.Line($"Done: {Shown.Text(order.Fault.What)}.");
            return ExitCode.Ok;
        });
    }

    private static Outcome<FaultOrder> Read(string? name, IReadOnlyList<string> words)
    {
        const string fix = "What there is:  lodger market fault --list";
        var fault = MarketFault.All.FirstOrDefault(f => f.Name == name);
        if (fault is null)
        {
            var near = name is null ? null : NearestWord.To(name, MarketFault.All.Select(f => f.Name));
            return new Problem("fault-unknown", name is null ? "Which fault?" : $"There is no fault '{name}'.{(near is null ? "" : $" Did you mean {near}?")}", fix, ExitCode.BadInput);
        }

        var fields = words.ToList();
        var body = new JsonObject();
        var path = fault.Path;
        if (fault.Target.Length > 0)
        {
            if (fields.Count == 0 || fields[0].Contains('=', StringComparison.Ordinal))
                return new Problem("fault-target-missing", $"{fault.Name} needs the {fault.Target.ToLowerInvariant()} it is aimed at.", $"Write:  lodger market fault {fault.Name} {(fault.Target == "ENDPOINT" ? "list" : "ID")}", ExitCode.BadInput);
            if (fault.Target == "ENDPOINT")
                body["endpoint"] = fields[0];
            else if (long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                path = path.Replace("{id}", id.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            else
                return new Problem("fault-target-wrong", $"'{fields[0]}' is not the number of an {fault.Target.ToLowerInvariant()}.", "Numbers of instances and machines:  lodger market status", ExitCode.BadInput);
            fields.RemoveAt(0);
        }

        var known = fault.Fields.ToDictionary(f => f.Split('=')[0], f => f.Contains('=', StringComparison.Ordinal) ? f.Split('=', 2)[1] : null, StringComparer.Ordinal);
        foreach (var (field, value) in known)
            if (value is not null)
                body[field] = Value(value);
        foreach (var (field, value) in fault.Fixed)
            body[field] = Value(value);
        foreach (var word in fields)
        {
            var pair = word.Split('=', 2);
            if (pair.Length != 2 || !known.ContainsKey(pair[0]))
                return new Problem("fault-field-unknown", $"{fault.Name} has no field '{pair[0]}'{(known.Count == 0 ? " (it has none)" : "; it has " + string.Join(", ", known.Keys))}.", $"Fields are written NAME=VALUE. {fix}", ExitCode.BadInput);
            body[pair[0]] = Value(pair[1]);
        }

        return new FaultOrder(fault, path, body);
    }

    private static JsonValue Value(string text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
        : text is "true" or "false" ? JsonValue.Create(text == "true")
        : JsonValue.Create(text);

    private static ExitCode List(Screen screen)
    {
        if (screen.IsJson)
        {
            screen.OutWriter.WriteLine(new JsonArray([.. MarketFault.All.Select(f => new JsonObject
            {
                ["name"] = f.Name,
                ["target"] = f.Target,
                ["fields"] = new JsonArray([.. f.Fields.Select(x => JsonValue.Create(x))]),
                ["what"] = f.What,
            })]).ToJsonString());
            return ExitCode.Ok;
        }

        foreach (var fault in MarketFault.All)
        {
            screen.Line(Shown.Text($"{fault.Name} {fault.Target} {string.Join(' ', fault.Fields)}".TrimEnd().Replace("  ", " ", StringComparison.Ordinal)));
            screen.Hang("    ", fault.What);
        }

        return ExitCode.Ok;
    }

    private sealed record FaultOrder(MarketFault Fault, string Path, JsonObject Body);
}
