using Microsoft.Extensions.Logging;

namespace Lodger.Server;

/// <summary>
/// What the server itself writes into its log. All of it in one class: the generator that writes these methods goes through the classes that have any in an order that is another one in each run, and a release is to be
/// the same whoever makes it.
/// </summary>
internal static partial class LogLines
{
    [LoggerMessage(LogLevel.Information, "listens on {Address} for everybody who has a token")]
    public static partial void DoorOpened(ILogger log, Uri address);

    [LoggerMessage(LogLevel.Warning, "the public address is not open: {Why}")]
    public static partial void DoorShut(ILogger log, string why);

    [LoggerMessage(LogLevel.Warning, "the certificate in {File} was not taken up: {Why}")]
    public static partial void CertificateNotTaken(ILogger log, string file, string why);

    [LoggerMessage(LogLevel.Warning, "a token that is not valid came from {Address} for {What}")]
    public static partial void TokenRefused(ILogger log, string address, string what);

    [LoggerMessage(LogLevel.Warning, "{Name} from {Address} was refused {What}: {Why}")]
    public static partial void Forbidden(ILogger log, string name, string address, string what, string why);

    [LoggerMessage(LogLevel.Error, "not in the audit log: {Who} from {From} {Act} {Target} {Status}: {Why}")]
    public static partial void NotAudited(ILogger log, string who, string from, string act, string target, int status, string why);

    [LoggerMessage(LogLevel.Error, "{Job} cannot be shown among the others")]
    public static partial void JobNotShown(ILogger log, Exception defect, string job);

    [LoggerMessage(LogLevel.Error, "defect in {What}")]
    public static partial void DefectIn(ILogger log, Exception defect, string what);

    [LoggerMessage(LogLevel.Information, "{Account} was pushed {Kind}: looking now")]
    public static partial void Pushed(ILogger log, string account, string kind);

    [LoggerMessage(LogLevel.Information, "{Account} was subscribed to pushes anew: the platform had forgotten it")]
    public static partial void SubscribedAnew(ILogger log, string account);

    [LoggerMessage(LogLevel.Warning, "pushes: {Why}")]
    public static partial void PushesUnusable(ILogger log, string why);

    [LoggerMessage(LogLevel.Warning, "{Problem}")]
    public static partial void NotYet(ILogger log, string problem);

    [LoggerMessage(LogLevel.Error, "a defect ended this term")]
    public static partial void TermEnded(ILogger log, Exception defect);

    [LoggerMessage(LogLevel.Information, "{Node} leads, term {Term}")]
    public static partial void Leads(ILogger log, string node, long term);

    [LoggerMessage(LogLevel.Information, "{Node} leads no more, term {Term}")]
    public static partial void LeadsNoMore(ILogger log, string node, long term);
}
