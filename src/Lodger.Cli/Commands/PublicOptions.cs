using System.CommandLine;
using Lodger.Cli.Composition;
using Lodger.Domain.Problems;
using Lodger.Server.Access;

namespace Lodger.Cli.Commands;

/// <summary>The options that open the server to the network, of <c>serve</c> and of <c>server start</c>.</summary>
internal sealed class PublicOptions
{
    private readonly Option<string?> address = new("--public") { Description = "Also listen here, for everybody who has a token (lodger token); without TLS on this machine's own addresses only", HelpName = "ADDRESS:PORT" };
    private readonly Option<string?> certificate = new("--tls-certificate") { Description = "PEM: the certificate, and those between it and its root; a renewed one is taken up", HelpName = "FILE" };
    private readonly Option<string?> key = new("--tls-key") { Description = "PEM, without a passphrase, readable by you alone", HelpName = "FILE" };
    private readonly Option<bool> behindProxy = new("--behind-proxy") { Description = "A proxy ends the TLS and says who asked (X-Forwarded-For); nobody else reaches the address" };

    public Option[] All => [address, certificate, key, behindProxy];

    /// <summary>Null: no public address was asked for.</summary>
    public Outcome<DoorOptions?> Read(ParseResult parse, Surroundings around)
    {
        if (parse.GetValue(address) is not { } listen)
        {
            return parse.GetValue(certificate) is null && parse.GetValue(key) is null && !parse.GetValue(behindProxy)
                ? Outcome<DoorOptions?>.Ok(null)
                : new Problem("public-missing", "TLS and a proxy are for a public address, and none is named.", "--public 0.0.0.0:8443", ExitCode.BadInput);
        }

        return DoorOptions.Parse(listen, Absolute(parse.GetValue(certificate), around), Absolute(parse.GetValue(key), around), parse.GetValue(behindProxy)).Then(Outcome<DoorOptions?>.Ok);
    }

    private static string? Absolute(string? file, Surroundings around) => file is null ? null : Path.GetFullPath(file, around.CurrentDirectory);
}
